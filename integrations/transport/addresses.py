"""Which addresses in the internet are public: those that requests may go to although a stranger chose them.

The blocks are those of the special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry), written out here: the standard library's knowledge of them changes from one
version to the next.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's address translation
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host of a machine at Azure, which only the machine itself reaches
        "169.254.0.0/16",  # link-local, and where clouds give out credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
PUBLIC_6 = IPv6Network("2000::/3")  # all that was ever given out; loopback, mapped IPv4, private, link-local and multicast lie outside
NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocols, among them Teredo, which embeds IPv4
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which embeds IPv4
        "3fff::/20",  # documentation
    )
)
TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 behind NAT64: https://www.rfc-editor.org/rfc/rfc6052


def is_public(address: str) -> bool:
    """Whether an address leads to the public internet. Raises `ValueError` where it is none."""
    found = ip_address(address)
    return _is_public_4(found) if isinstance(found, IPv4Address) else _is_public_6(found)


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in block for block in NOT_PUBLIC_4)


def _is_public_6(address: IPv6Address) -> bool:
    if address in TRANSLATED:
        return _is_public_4(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.scope_id is None and address in PUBLIC_6 and not any(address in block for block in NOT_PUBLIC_6)
