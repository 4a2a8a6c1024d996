"""Which files ffmpeg may be given, here and in ``comparisons/media/``: strangers make them."""

from __future__ import annotations

CONTAINERS = (
    "mov,matroska,gif,mpegts,avi,flv,asf,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,ogg,mxf,nut,rm,image2,jpeg_pipe,png_pipe"
)
"""The formats that a clip may have. Playlists are left out: they could have other files read, or the network."""
