"""What goes wrong with TLS, told as Node tells it: with OpenSSL's name as the `code`."""

from __future__ import annotations

import errno
import ssl

from ..errors import add_note, section_of

__all__ = ["hang_up", "of_a_write", "told", "untrusted"]

# OpenSSL's numbers. Of a certificate whose issuer nobody knows, Node hears the last complaint of
# two, and Python the first.
_CODES = {
    2: "UNABLE_TO_GET_ISSUER_CERT",
    7: "CERT_SIGNATURE_FAILURE",
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    22: "CERT_CHAIN_TOO_LONG",
    23: "CERT_REVOKED",
    24: "INVALID_CA",
    26: "INVALID_PURPOSE",
    27: "CERT_UNTRUSTED",
    28: "CERT_REJECTED",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}


def told(error: ssl.SSLError) -> ssl.SSLError:
    """Add what Node says of an error: its `code` and `message`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = _CODES.get(error.verify_code, "CERT_REJECTED")
        message = error.verify_message
    else:
        reason = error.reason or "UNKNOWN"
        code, message = f"ERR_SSL_{reason}", reason.lower().replace("_", " ")
    error.__dict__.update(code=code, message=message)
    add_note(error, section_of(code))
    return error


def of_a_write(error: OSError) -> OSError:
    """The error of a write that waited for a handshake, which failed with `error`."""
    if not isinstance(error, ssl.SSLError):
        return error
    message = f"write EPROTO {error.__dict__.get('message', error.reason)}"
    failure = OSError(errno.EPROTO, message)
    failure.__dict__.update(code="EPROTO", syscall="write", message=message)
    add_note(failure, section_of("EPROTO"))
    return failure


def hang_up(server_side: bool) -> OSError:
    """The error of a peer that left in the middle of the handshake."""
    message = (
        "socket hang up"
        if server_side
        else "Client network socket disconnected before secure TLS connection was established"
    )
    error = OSError(errno.ECONNRESET, message)
    error.__dict__.update(code="ECONNRESET", message=message)
    add_note(error, section_of("ECONNRESET"))
    return error


def untrusted(certificate: bytes | None) -> str:
    """Why a certificate that was not checked is not trusted: as far as it says so itself."""
    if certificate is None:
        return "UNABLE_TO_GET_ISSUER_CERT"
    fields = _fields(_fields(certificate)[0][1])
    # The first of them is the version, which the oldest certificates have not.
    issuer, _, subject = fields[3:6] if fields[0][0] == 0xA0 else fields[2:5]
    is_its_own = issuer == subject
    return "DEPTH_ZERO_SELF_SIGNED_CERT" if is_its_own else "UNABLE_TO_VERIFY_LEAF_SIGNATURE"


def _fields(der: bytes) -> list[tuple[int, bytes]]:
    """The parts of a certificate's sequence: each with its tag."""
    found = []
    place, length = _header(der, 0)
    end = place + length
    while place < end:
        start, length = _header(der, place)
        found.append((der[place], der[place : start + length]))
        place = start + length
    return found


def _header(der: bytes, place: int) -> tuple[int, int]:
    """Where the contents of the part at `place` begin, and how long they are."""
    length, start = der[place + 1], place + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    return start, length
