"""crypto against Node: random calls, recorded in data/crypto.json and live.

``python -m tests.test_crypto`` records them anew.
"""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streams2 import crypto, run
from streams2.crypto.errors import CryptoError
from streams2.errors import InvalidArgValueError

from . import oracles

RECORD = Path(__file__).parent / "data" / "crypto.json"
HAS_CIPHERS = importlib.util.find_spec("cryptography") is not None

#: A program is [what makes an object, its arguments, [method, ...arguments] ...]; bytes are
#: {"hex": ...}. An answer is what each method returned; the last may be an error.
NODE = r"""
const crypto = require('crypto')
const camel = (name) => name.replace(/_(\w)/g, (_, c) => c.toUpperCase()).replace(/_$/, '')
  .replace(/Aad$/, 'AAD')
const given = (x) => x !== null && typeof x === 'object' && 'hex' in x ? Buffer.from(x.hex, 'hex')
  : x !== null && typeof x === 'object' && !Array.isArray(x)
    ? Object.fromEntries(Object.entries(x).map(([k, v]) => [camel(k), v])) : x
const told = (x) => x instanceof Uint8Array ? { hex: Buffer.from(x).toString('hex') }
  : x !== null && typeof x === 'object' ? 'itself' : x
function run([name, args, ...calls]) {
  const said = []
  try {
    let thing = crypto[camel(name)](...args.map(given))
    if (calls.length === 0) return [told(thing)]
    for (const [method, ...rest] of calls) {
      const result = thing[camel(method)](...rest.map(given))
      said.push(told(result))
      if (method === 'copy') thing = result
    }
  } catch (error) {
    said.push({ code: error.code ?? null, message: error.code === undefined ? error.message : '' })
  }
  return said
}
const programs = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(programs.map(run)))
"""


def given(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and "hex" in value else value


def told(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"hex": value.hex()}
    return value if isinstance(value, (str, bool, int, type(None))) else "itself"


def answer(program: list[Any]) -> Any:
    name, args, *calls = program
    named = {}
    if args and isinstance(args[-1], dict) and "hex" not in args[-1]:
        *args, named = args
    said: list[Any] = []
    try:
        thing = getattr(crypto, name)(*map(given, args), **named)
        if not calls:
            return [told(thing)]
        for method, *rest in calls:
            result = getattr(thing, method)(*map(given, rest))
            said.append(told(result))
            if method == "copy":
                thing = result
    except Exception as error:
        code = getattr(error, "code", repr(error))
        said.append({"code": code, "message": str(error) if code is None else ""})
    return said


HASHES = ["sha1", "sha256", "SHA512", "md5", "sha3-256", "RSA-SHA256", "sha-384", "blake2b512"]
HASHES += ["sha512-256", "blake2s256", "shake128", "nope", "sha224"]
TEXTS = ["", "a", "h\u00e9llo", "00ff", "aGk="]
ENCODINGS = ["hex", "base64", "latin1", "utf8", "base64url"]


class Chance(random.Random):
    """Programs by chance."""

    def data(self, most: int = 40) -> Any:
        return {"hex": self.randbytes(self.randrange(most)).hex()}

    def update(self) -> list[Any]:
        if self.random() < 0.5:
            return ["update", self.data()]
        return ["update", self.choice(TEXTS), self.choice(["utf8", "latin1", "hex", "base64"])]

    def hash(self) -> list[Any]:
        keyed = self.random() < 0.3
        name = self.choice(HASHES if not keyed else [h for h in HASHES if h != "shake128"])
        made = ["create_hmac", [name, self.choice([self.data(), "key", 5])]]
        calls = [self.update() for _ in range(self.randrange(4))]
        if not keyed:
            made = ["create_hash", [name]]
            if name == "shake128" or self.random() < 0.1:
                made[1].append({"output_length": self.choice([0, 5, 32, 64])})
            if self.random() < 0.2:
                calls.append(["copy"])
        calls.append(["digest", *self.choice([[], ["hex"], ["base64"], ["latin1"]])])
        if self.random() < 0.2:
            calls.append(self.choice([["digest"], ["update", "a"], ["copy"]][: 2 + (not keyed)]))
        if self.random() < 0.1:
            calls.insert(0, ["update", 5])
        return [*made, *calls]

    def cipher(self) -> list[Any]:
        mode = self.choice(["cbc", "cbc", "ctr", "gcm", "gcm"])
        bits = self.choice([128, 192, 256])
        key, iv = self.randbytes(bits // 8), self.randbytes(16 if mode != "gcm" else 12)
        chosen = self.random()
        name = f"aes-{bits}-{mode}"
        if chosen < 0.05:
            key = key[1:]
        elif chosen < 0.1:
            iv = iv[1:] if mode != "gcm" else b""
        elif chosen < 0.12:
            name = self.choice(["nope", "aes-100-cbc"])
        elif chosen < 0.2:
            name = name.upper()
        way = self.choice(["create_cipheriv", "create_decipheriv"])
        calls: list[Any] = []
        if mode == "gcm":
            if self.random() < 0.6:
                calls.append(["set_aad", self.data()])
            if way == "create_decipheriv" and self.random() < 0.8:
                calls.append(
                    ["set_auth_tag", {"hex": self.randbytes(self.choice([16, 16, 3])).hex()}]
                )
        elif self.random() < 0.1:
            calls.append(["set_aad", "x"])
        if mode == "cbc" and self.random() < 0.4:
            calls.append(["set_auto_padding", False])
        encoding = self.choice([[], [], ["utf8", "hex"], ["utf8", "base64"]])
        for _ in range(self.randrange(4)):
            calls.append(["update", self.data(), *encoding])
        calls.append(["final", *encoding[1:]])
        if way == "create_cipheriv":
            calls += [["get_auth_tag"]] if mode == "gcm" or self.random() < 0.1 else []
        if self.random() < 0.1:
            calls.append(self.choice([["final"], ["update", "a"], ["set_auto_padding", True]]))
        return [way, [name, {"hex": key.hex()}, {"hex": iv.hex()}], *calls]

    def function(self) -> list[Any]:
        name = self.choice(HASHES)
        if name == "shake128":
            name = "sha1"
        return self.choice(
            [
                ["hash_", [name, self.choice([self.data(), "text", 5]), self.choice(ENCODINGS)]],
                ["timing_safe_equal", [self.data(3), self.choice([self.data(3), "a"])]],
                ["random_bytes", [self.choice([0, -1, "3", 2**31])]],
            ]
        )


def programs(seed: int, count: int) -> list[Any]:
    chance = Chance(seed)
    return [
        chance.choice([chance.hash, chance.cipher, chance.cipher, chance.function])()
        for _ in range(count)
    ]


def ask_node(asked: list[Any]) -> list[Any]:
    done = subprocess.run(
        [oracles.node(), "-e", NODE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def is_here(program: list[Any]) -> bool:
    return HAS_CIPHERS or "cipher" not in program[0]


def differences(asked: list[Any], answers: list[Any]) -> list[Any]:
    return [
        (program, ours, theirs)
        for program, theirs in zip(asked, answers)
        if is_here(program) and (ours := json.loads(json.dumps(answer(program)))) != theirs
    ]


def test_recorded_answers_are_given() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert differences([program for program, _ in record], [said for _, said in record]) == []


@pytest.mark.live
def test_random_calls_are_answered_as_by_node() -> None:
    asked = programs(random.randrange(2**32), 3000)
    assert differences(asked, ask_node(asked)) == []


@pytest.mark.live
def test_recorded_answers_are_still_nodes() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert ask_node([program for program, _ in record]) == [said for _, said in record]


# -- as streams ------------------------------------------------------------------------------------


def through(stream: Any, *chunks: bytes) -> tuple[bytes, str | None]:
    """What comes out of a stream, and the code of its error."""
    out: list[bytes] = []
    codes: list[str] = []

    def main() -> None:
        stream.on("data", out.append)
        stream.on("error", lambda error: codes.append(getattr(error, "code", None) or str(error)))
        for chunk in chunks:
            stream.write(chunk)
        stream.end()

    run(main)
    return b"".join(out), codes[0] if codes else None


def test_a_digest_is_what_comes_out_of_a_stream() -> None:
    expected = crypto.hash_("sha256", b"hello world")
    assert through(crypto.create_hash("sha256"), b"hello ", b"world")[0].hex() == expected
    keyed = crypto.create_hmac("sha256", "key").update("hello world").digest()
    assert through(crypto.create_hmac("sha256", b"key"), b"hello ", b"world") == (keyed, None)


@pytest.mark.skipif(not HAS_CIPHERS, reason="needs cryptography")
@pytest.mark.parametrize("mode", ["cbc", "ctr", "gcm"])
def test_what_is_encrypted_in_a_stream_is_decrypted_in_one(mode: str) -> None:
    key, iv, text = crypto.random_bytes(32), crypto.random_bytes(16), crypto.random_bytes(1000)
    encrypt = crypto.create_cipheriv(f"aes-256-{mode}", key, iv)
    secret, _ = through(encrypt, text[:333], text[333:])
    assert secret != text
    decrypt = crypto.create_decipheriv(f"aes-256-{mode}", key, iv)
    if mode == "gcm":
        decrypt.set_auth_tag(encrypt.get_auth_tag())
    assert through(decrypt, secret[:100], secret[100:]) == (text, None)


@pytest.mark.skipif(not HAS_CIPHERS, reason="needs cryptography")
def test_what_was_changed_is_not_decrypted() -> None:
    key = iv = bytes(16)
    encrypt = crypto.create_cipheriv("aes-128-gcm", key, iv)
    secret, _ = through(encrypt, b"hello")
    decrypt = crypto.create_decipheriv("aes-128-gcm", key, iv)
    decrypt.set_auth_tag(encrypt.get_auth_tag())
    problem = "Unsupported state or unable to authenticate data"
    assert through(decrypt, b"?" + secret[1:])[1] == problem
    code = "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH"
    assert through(crypto.create_decipheriv("aes-128-cbc", key, iv), b"short") == (b"", code)


def test_bytes_by_chance_come_at_once_or_by_a_callback() -> None:
    got: list[Any] = []
    run(lambda: crypto.random_bytes(5, lambda error, data: got.append((error, len(data)))))
    assert got == [(None, 5)]
    assert len(crypto.random_bytes(7)) == 7
    assert crypto.timing_safe_equal(b"ab", bytearray(b"ab"))


def test_every_hash_that_is_named_can_be_made() -> None:
    names = crypto.get_hashes()
    assert {"md5", "sha1", "sha256", "sha3-256", "blake2b512", "shake128"} <= set(names)
    assert all(crypto.create_hash(name).digest() for name in names)


@pytest.mark.skipif(not HAS_CIPHERS, reason="needs cryptography")
def test_what_is_made_is_a_stream() -> None:
    hashing, keyed = crypto.create_hash("md5"), crypto.create_hmac("md5", "key")
    assert isinstance(hashing, crypto.Hash)
    assert isinstance(keyed, crypto.Hmac)
    assert hashing.update("a").copy().digest("hex") == hashing.digest().hex()
    assert len(keyed.update("a").digest()) == 16
    arguments = "aes-128-gcm", bytes(16), bytes(12)
    encrypt, decrypt = crypto.create_cipheriv(*arguments), crypto.create_decipheriv(*arguments)
    assert isinstance(encrypt, crypto.Cipheriv)
    assert isinstance(decrypt, crypto.Decipheriv)
    secret = encrypt.set_aad("for all to see").set_auto_padding().update("hello")
    assert encrypt.final() == b""
    decrypt.set_aad("for all to see").set_auto_padding().set_auth_tag(encrypt.get_auth_tag())
    assert (decrypt.update(secret), decrypt.final()) == (b"hello", b"")


@pytest.mark.skipif(not HAS_CIPHERS, reason="needs cryptography")
@pytest.mark.parametrize("length", [4, 8, 12, 16])
def test_a_tag_may_be_shorter(length: int) -> None:
    arguments = "aes-128-gcm", bytes(16), bytes(12)
    encrypt = crypto.create_cipheriv(*arguments, auth_tag_length=length)
    secret = encrypt.update(b"hello")
    encrypt.final()
    tag = encrypt.get_auth_tag()
    assert len(tag) == length
    for given, wanted in ((tag, b""), (bytes(length), None)):
        decrypt = crypto.create_decipheriv(*arguments, auth_tag_length=length)
        decrypt.set_auth_tag(given)
        assert decrypt.update(secret) == b"hello"
        if wanted is None:
            with pytest.raises(CryptoError, match="unable to authenticate"):
                decrypt.final()
        else:
            assert decrypt.final() == wanted
    no_number: Any = "x"
    with pytest.raises(InvalidArgValueError):
        crypto.create_cipheriv(*arguments, auth_tag_length=no_number)


def test_they_take_the_options_of_a_transform() -> None:
    made: list[Any] = [
        crypto.create_hash("sha1", high_water_mark=7),
        crypto.create_hmac("sha1", "key", high_water_mark=7),
        crypto.create_hash("sha1").copy(high_water_mark=7),
    ]
    if HAS_CIPHERS:
        for create in (crypto.create_cipheriv, crypto.create_decipheriv):
            made.append(create("aes-128-cbc", bytes(16), bytes(16), high_water_mark=7))
    for stream in made:
        assert (stream.readable_high_water_mark, stream.writable_high_water_mark) == (7, 7)

    async def main() -> list[Any]:
        digest: Any = crypto.create_hash("sha1", encoding="hex")
        digest.end("abc")
        return [chunk async for chunk in digest]

    assert run(main) == ["a9993e364706816aba3e25717850c26c9cd0d89d"]


@pytest.mark.parametrize("create", ["create_cipheriv", "create_decipheriv"])
@pytest.mark.parametrize(
    ("algorithm", "iv", "code"),
    [
        ("aes-128-cbc", b"x", "ERR_CRYPTO_INVALID_IV"),
        ("aes-128-gcm", b"", "ERR_CRYPTO_INVALID_IV"),
        ("aes-128-cbc", b"x" * 16, "ERR_CRYPTO_INVALID_KEYLEN"),
    ],
)
def test_the_vector_is_looked_at_before_the_key(
    create: str, algorithm: str, iv: bytes, code: str
) -> None:
    pytest.importorskip("cryptography")
    with pytest.raises((ValueError, TypeError)) as caught:
        getattr(crypto, create)(algorithm, b"short", iv)
    assert getattr(caught.value, "code", None) == code


if __name__ == "__main__":
    asked = programs(1, 400)
    lines = (json.dumps(list(pair)) for pair in zip(asked, ask_node(asked)))
    RECORD.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf8")


@pytest.mark.skipif(not HAS_CIPHERS, reason="needs cryptography")
@pytest.mark.parametrize("bits", [128, 192, 256])
def test_openssls_short_names_are_names_of_cbc(bits: int) -> None:
    key, iv = bytes(bits // 8), bytes(16)
    made = []
    for name in (f"aes{bits}", f"AES{bits}", f"aes-{bits}-cbc"):
        cipher = crypto.create_cipheriv(name, key, iv)
        made.append(cipher.update("hello", "utf8", "hex") + cipher.final("hex"))
    assert made[0] == made[1] == made[2]
