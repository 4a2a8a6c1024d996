"""Settings about who can reach Takes: only this machine or strangers, under which names, and through which proxies."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path

from providers import InvalidRequest

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine reaches. 127.0.0.2 and the like are not among them: proxies are pointed there."""
SAGEMAKER = Path("/home/ec2-user/SageMaker")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def public(values: Mapping[str, str], server: str, share: bool) -> tuple[bool, str]:
    """Whether strangers may visit, and why, as part of a sentence. They may if more than this machine can reach it."""
    text = values.get("TAKES_PUBLIC", "").strip()
    if text not in ("", "0", "1"):
        raise InvalidRequest(f"TAKES_PUBLIC must be 0 or 1, not {text!r}")
    if text:
        return text == "1", f"TAKES_PUBLIC is {text}"
    if values.get("SPACE_ID"):
        return True, "this is a Space"
    if share:
        return True, "it is shared by a public link"
    return server not in LOOPBACK, f"it listens on {server}"


def server_name(values: Mapping[str, str]) -> str:
    """The address or name to listen on."""
    name = values.get("GRADIO_SERVER_NAME", "").strip().removeprefix("[").removesuffix("]").lower()
    if not re.fullmatch(r"[\w.:-]*", name):
        raise InvalidRequest("GRADIO_SERVER_NAME must be an address or a name to listen on, such as 127.0.0.1")
    return name or "127.0.0.1"


def share(values: Mapping[str, str]) -> bool:
    """Whether Gradio makes a public link: if it is told to, and by default on a hosted notebook."""
    if values.get("SPACE_ID"):
        return False
    text = values.get("GRADIO_SHARE", "").strip().lower()
    notebook = values.get("KAGGLE_KERNEL_RUN_TYPE") or values.get("COLAB_RELEASE_TAG") or SAGEMAKER.exists()
    return text == "true" if text else bool(notebook)


def origin(values: Mapping[str, str]) -> str:
    """The page's own origin as browsers write it; empty if it is not set."""
    space = values.get("SPACE_HOST", "").strip()
    text = values.get("TAKES_ORIGIN", "").strip().lower().removesuffix("/") or (f"https://{space}" if space else "")
    if text and not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", text, re.ASCII):
        raise InvalidRequest("TAKES_ORIGIN must be where the page is opened, as https://takes.example, without a path")
    scheme, _, rest = text.partition("://")
    return f"{scheme}://{rest.removesuffix(':443' if scheme == 'https' else ':80')}" if text else ""


def proxies(values: Mapping[str, str]) -> int | None:
    """How many proxies are in front of Takes, each of which adds to X-Forwarded-For; None if it is not set."""
    text = values.get("TAKES_PROXIES", "").strip()
    if text and not re.fullmatch(r"[0-9]", text, re.ASCII):
        raise InvalidRequest("TAKES_PROXIES must be how many proxies stand before Takes, from 0 to 9")
    return int(text) if text else None


def is_direct(values: Mapping[str, str], server: str, share: bool) -> bool:
    """Whether people seem to connect to this machine directly: other machines can reach it, and no setting names a
    proxy or host in front of it."""
    return not (share or values.get("SPACE_ID") or origin(values) or server in LOOPBACK)


def hosts(values: Mapping[str, str]) -> frozenset[str]:
    """Further names by which this machine is reached, in lower case."""
    names = [name.strip().lower() for name in values.get("TAKES_HOSTS", "").split(",")]
    if not all(re.fullmatch(r"[\w.-]*|\[[0-9a-f:.]+\]", name, re.ASCII) for name in names):
        raise InvalidRequest("TAKES_HOSTS must be names without port or path, with commas between them")
    return frozenset(filter(None, names))


def clip_networks(values: Mapping[str, str], public: bool) -> tuple[Network, ...]:
    """Networks that are not public and from which files may be fetched all the same."""
    text = values.get("TAKES_CLIP_NETWORKS", "").strip()
    if text and public:
        raise InvalidRequest("TAKES_CLIP_NETWORKS is for one's own machine; where strangers visit, unset it")
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InvalidRequest("TAKES_CLIP_NETWORKS must be networks such as 198.18.0.0/15") from error
