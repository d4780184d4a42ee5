"""moto's AWS on a loopback port, in this process, and a second opinion on signatures by botocore."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.sns.models import sns_backends


class AwsServer:
    """Serves what moto knows of AWS; it does not look at signatures."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.url = ""

    def __enter__(self) -> Self:
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def text_messages(self, region: str) -> list[tuple[str, str]]:
        """Return the number and the text of every message."""
        return [tuple(sent) for sent in sns_backends[DEFAULT_ACCOUNT_ID][region].sms_messages.values()]


def signature_of(
    url: str, headers: Mapping[str, str], body: bytes, region: str, key_id: str, secret: str
) -> str:
    """Return the Authorization header that botocore would send for a request with these headers."""
    headers = {name.lower(): value for name, value in headers.items()}
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    wanted = {name: headers[name] for name in signed if name != "host"}
    request = AWSRequest("POST", url, data=body, headers={**wanted, "Host": urlsplit(url).netloc})
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(key_id, secret), "sns", region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return signer.signature(text, request)
