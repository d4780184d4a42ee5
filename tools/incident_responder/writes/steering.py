"""Which settings would decide what code runs, whom it trusts or what it gives away; those are no temporary values."""

import re

from agent.errors import BadInput

_LOADERS = re.compile(
    # loaders and interpreters
    r"(LD|DYLD|GIT|GEM|BUNDLE|COR|CORECLR|LUA|ERL|NPM_CONFIG|SSL_CERT|CURL)_\w+|PYTHON\w+|PERL5\w+|RUBY(OPT|LIB)"
    r"|NODE_(OPTIONS|PATH|EXTRA_CA_CERTS)|DOTNET_(STARTUP_HOOKS|ADDITIONAL_DEPS|SHARED_STORE)|PHPRC|PHP_INI_SCAN_DIR"
    r"|(\w*_)?(JAVA|JVM|JDK|MAVEN|GRADLE|CATALINA)_(\w+_)?(OPTS|OPTIONS|FLAGS)|CLASSPATH|GCONV_PATH"
    # shells
    r"|PATH|ENV|BASH_ENV|IFS|PS4|PROMPT_COMMAND|SHELL|EDITOR|PAGER|HOME"
    # whom it talks to and trusts, and the bot itself
    r"|(HTTPS?|FTP|ALL|NO|GRPC)_PROXY|\w*CA_BUNDLE|HOSTALIASES|RES_OPTIONS|KUBERNETES_\w+|KUBECONFIG|OPS_\w+",
    re.IGNORECASE,
)
_SCRIPTS = (
    ".sh",
    ".bash",
    ".py",
    ".pl",
    ".rb",
    ".js",
    ".mjs",
    ".lua",
    ".php",
    ".ps1",
    ".groovy",
    ".jar",
    ".so",
)


def refuse_steering_variable(variable: str, value: str) -> None:
    """Raise BadInput for an environment variable that steers the program's loader, or that copies another one."""
    if _LOADERS.fullmatch(variable):
        raise BadInput(
            f"{variable} may decide what code runs or whom it trusts; it is not set from here.",
            field="variable",
        )
    if "$(" in value:
        # The cluster puts the value of another variable in its place, which may be a secret.
        raise BadInput("The value may not refer to another variable with $(…).", field="value")


def refuse_script(key: str, value: str) -> None:
    """Raise BadInput for a ConfigMap's key that holds a program."""
    if key.lower().endswith(_SCRIPTS) or value.startswith("#!"):
        raise BadInput(f"{key} holds a program; those are not changed from here.", field="key")
