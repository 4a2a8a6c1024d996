/**
 * Chooses the file that a clip plays from. Usually that is the file that was received. If the browser cannot play it, it is a
 * copy that it can play, and the take says so. If the browser cannot seek to all of its pictures, it is a copy with the same
 * pictures in which it can. If there are more large clips than a machine can decode at once, they play as small copies with the
 * same frames; a clip that is zoomed or compared as a pair then still plays in its full size.
 */
takes.copies = (() => {
  const { put, putTitled } = takes.dom;
  const { linkTo, list } = takes.elements;
  const { known } = takes.numbers;
  const { goIn, nowOf, reelOf, screen, unload } = takes.screens;
  const { frameAt, frameTime, own } = takes.timeline;

  const EASY = 200e6; // up to so many pixels a second of all clips together, no small copies are used: four of 1080p at 24 fps
  const CLOSE_S = 1; // while clips play: how close to their position a new file must be before it replaces the old one
  const STILL_S = 0.002; // the same while nothing plays
  const TRIES = 5; // how often it is sought to come that close
  /** @type {Record<string, string>} */
  const CODECS = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1', vp8: 'VP8', vp9: 'VP9', mpeg4: 'MPEG-4 Visual', prores: 'ProRes', mjpeg: 'Motion JPEG', gif: 'GIF' };
  /** @type {Record<string, string>} */
  const CONTAINERS = { mp4: 'MP4', mov: 'MOV', webm: 'WebM', mkv: 'Matroska', avi: 'AVI', gif: 'GIF', ts: 'MPEG-TS' };

  /**
   * The URLs that a clip may play from, in the order in which they are tried.
   *
   * @param {ClipInfo} info
   */
  function filesOf(info) {
    return [known(info.first_s) ? info.seekable : null, info.url, info.playable].flatMap((url) => (url ? [url] : []));
  }

  /** @param {Pick<Clip, 'files'>} clip */
  const wholeOf = (clip) => clip.files[0] || null;
  /** @param {Pick<Clip, 'files' | 'info'>} clip */
  const isCopy = (clip) => known(clip.info.playable) && wholeOf(clip) === clip.info.playable;

  /**
   * The file that a clip should play from now.
   *
   * @param {Pick<Clip, 'files' | 'small'>} clip
   * @param {boolean} crowded whether all clips together are more than a machine can decode
   * @param {boolean} closely whether this one is looked at closely
   */
  function wantedOf(clip, crowded, closely) {
    return crowded && clip.small && !closely ? clip.small : wholeOf(clip);
  }

  /** @param {Pick<Clip, 'load'>[]} clips */
  const isCrowd = (clips) => clips.reduce((sum, clip) => sum + clip.load, 0) > EASY;

  /**
   * The format of a clip in words, for somebody who wonders why it does not play.
   *
   * @param {{ info: Pick<ClipInfo, 'codec' | 'container' | 'pixel_format'>, partly: boolean }} clip
   */
  function kindOf({ info, partly }) {
    if (!info.codec) return partly ? 'all of this file' : 'this file';
    const pixels = info.pixel_format || '';
    const colors = /444/.test(pixels) ? ' 4:4:4' : /422/.test(pixels) ? ' 4:2:2' : '';
    const codec = (CODECS[info.codec] || info.codec) + colors + (/10(le|be)$/.test(pixels) ? ' of 10 bits' : '');
    const container = info.container && (CONTAINERS[info.container] || info.container);
    const whole = codec + (container && container !== codec ? ' in ' + container : '');
    return partly ? 'all of this ' + whole : whole;
  }

  class Copies {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
    }

    /** @param {Clip} clip */
    closely(clip) {
      const { lens, pair } = this.room;
      return lens.zoom > 1 || (pair.on && pair.both().includes(clip));
    }

    /** @param {Clip} clip */
    shownSmall(clip) {
      return clip.small !== null && clip.video.getAttribute('src') === clip.small;
    }

    /** Whether files are being replaced (`coming`), small copies play (`shown`), or neither (`none`). */
    stage() {
      const all = this.room.clips.all();
      return all.some((clip) => clip.next) ? 'coming' : all.some((clip) => this.shownSmall(clip)) ? 'shown' : 'none';
    }

    /**
     * Chooses the seekable copy for a clip whose first picture does not begin at 0. Results from before the server measured
     * that (`first_s` is null) show it only in the browser.
     *
     * @param {Clip} clip
     */
    straighten(clip) {
      const { info } = clip;
      if (!info.seekable || known(info.first_s) || wholeOf(clip) !== info.url || (reelOf(clip.video).first || 0) < 0.001) return;
      clip.files.unshift(info.seekable);
      this.lighten();
    }

    /** Makes every clip play the file that it should. A new file is loaded out of sight before it replaces the old one. */
    lighten() {
      const all = this.room.clips.all();
      const crowded = isCrowd(all);
      for (const clip of all) {
        const wanted = wantedOf(clip, crowded, this.closely(clip));
        const coming = (clip.next || clip.video).getAttribute('src');
        if (wanted && coming !== wanted) this.bring(clip, wanted);
      }
    }

    /**
     * @param {Clip} clip
     * @param {string} url
     */
    bring(clip, url) {
      if (clip.next) unload(clip.next);
      clip.next = null;
      if (clip.video.getAttribute('src') === url) return;
      let tries = 0;
      const arrived = () => {
        if (clip.next !== video) return;
        const time = frameTime(clip, frameAt(clip, own(clip, this.room.player.position)));
        const there = Math.abs(nowOf(video) - time) < (this.room.player.playing ? CLOSE_S : STILL_S);
        if (there || tries === TRIES) { this.replace(clip, video); return; }
        tries += 1;
        goIn(video, time);
      };
      const video = screen(this.room, clip, url, { ready: arrived, failed: () => this.fail(clip, video) });
      clip.next = video;
      video.addEventListener('seeked', arrived);
    }

    /**
     * Called when a file cannot be played: tries the clip's next file; a small copy is simply not used.
     *
     * @param {Clip} clip
     * @param {HTMLVideoElement} video
     */
    fail(clip, video) {
      if (this.room.clips.get(clip.cell.job) !== clip || (video !== clip.video && video !== clip.next)) return;
      const url = video.getAttribute('src');
      if (url === clip.small) clip.small = null;
      else clip.files = clip.files.filter((file) => file !== url);
      const shown = video === clip.video;
      if (shown) this.hide(clip);
      else {
        unload(video);
        clip.next = null;
      }
      if (!wholeOf(clip)) { this.broken(clip); return; }
      if (shown && isCopy(clip)) this.sayUnshown(clip, 'A copy that it can play is on its way.');
      this.lighten();
    }

    /** @param {Clip} clip */
    hide(clip) {
      const partly = reelOf(clip.video).first !== null;
      Object.assign(clip, { partly, loaded: false, joined: false, joining: false, kept: false });
      clip.video.hidden = true;
    }

    /**
     * @param {Clip} clip
     * @param {string} more
     */
    sayUnshown(clip, more) {
      const { cell } = clip;
      cell.unshown = true;
      put(cell.faultName, 'Not playable here');
      putTitled(cell.faultWords, 'This browser cannot play ' + kindOf(clip) + '. ' + more);
      cell.fault.hidden = false;
      cell.tools.hidden = true;
      linkTo(cell.download, clip.info.url, 'Download the clip');
    }

    /**
     * Gives up a clip of which no file can be played. The others go on without it.
     *
     * @param {Clip} clip
     */
    broken(clip) {
      const { clips, pair, bar, ballot } = this.room;
      clips.byJob.delete(clip.cell.job);
      clip.video.hidden = true;
      put(clip.cell.seen, '');
      this.sayUnshown(clip, 'No copy of it can be made either; the file itself is kept as received.');
      pair.paint();
      bar.paint();
      ballot.paint();
      if (window.location.protocol !== 'file:' && !ballot.blind) this.sayIfGone(clip);
    }

    /** @param {Clip} clip */
    async sayIfGone({ cell, info }) {
      const answer = await fetch(info.url || '', { method: 'HEAD' }).catch(() => null);
      if (!answer || answer.status !== 404 || cell.url !== info.url) return;
      put(cell.faultName, 'No clip');
      putTitled(cell.faultWords, 'The clip is no longer in the data folder.');
      put(cell.download, '');
    }

    /**
     * Says on the take that a copy plays, and below it why.
     *
     * @param {Cell} cell
     */
    paint(cell) {
      const clip = this.room.clips.get(cell.job);
      const copied = clip !== undefined && clip.loaded && isCopy(clip);
      put(cell.copied, copied ? 'copy' : '');
      const why = copied ? ['H.264 copy: this browser cannot play ' + kindOf(clip)] : [];
      list(cell.badges, (cell.data.badges || []).concat(why), 'tg-badge');
    }

    /**
     * @param {Clip} clip
     * @param {HTMLVideoElement} video
     */
    replace(clip, video) {
      const { clips, pair, bar } = this.room;
      const { cell } = clip;
      cell.unshown = cell.tools.hidden = false;
      cell.fault.hidden = true;
      clips.replace(clip, video);
      this.paint(cell);
      pair.drawAnew();
      bar.paintMixed();
      bar.paint();
    }
  }

  return { Copies, filesOf, isCopy, isCrowd, kindOf, wantedOf, wholeOf };
})();
