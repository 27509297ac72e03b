"""What a connection to a bureau's SFTP server is made of, and the algorithms that it may use."""

from __future__ import annotations

from dataclasses import dataclass, field

KEY_EXCHANGES = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
)
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
HOST_KEY_SIGNATURES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Kind of a known host key to the signatures that are taken from it. No SHA-1, no DSA."""

MIN_RSA_HOST_KEY_BITS = 2048


@dataclass(frozen=True)
class SftpServer:
    """A bureau's server and our log-in. Log in with a private key when there is one, else with the password.

    Attributes:
        host: its name or address.
        port: its TCP port.
        user: our account.
        host_keys: its known public keys, `ssh-ed25519 AAAA...` with or without a comment; several during a rotation.
        private_key: our private key, PEM or OpenSSH text.
        passphrase: of the private key.
        password: used when there is no private key.
        connect_timeout_seconds: for the connection, the key exchange and the log-in, each.
        answer_timeout_seconds: longest silence of the server during an operation.
    """

    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    connect_timeout_seconds: float = 15.0
    answer_timeout_seconds: float = 60.0

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"
