"""Builds what carries mail, status posts, tickets and Teams cards; without its settings there is none."""

from contextlib import AsyncExitStack

from agent.errors import Misconfigured
from agent.ports.notifier import Notifier
from agent.settings import Settings
from tools.connectors.jira import JiraIssues
from tools.connectors.smtp_mail import MailServer, SmtpMail
from tools.connectors.statuspage import StatuspagePosts
from tools.connectors.teams import TeamsCards

_TIMEOUT_SECONDS = 10.0


def open_mail(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    """Return what sends mail, None without a server; raises Misconfigured."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=settings.smtp_from,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        ca_file=settings.tls_ca_file,
    )
    mail = SmtpMail(server, timeout_seconds=_TIMEOUT_SECONDS)
    stack.push_async_callback(mail.close)
    return mail


def open_statuspage(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    """Return what posts on the status page, None without a key; raises Misconfigured."""
    if settings.statuspage_api_key is None:
        return None
    if not settings.statuspage_page_id:
        raise Misconfigured("OPS_STATUSPAGE_API_KEY is set, so OPS_STATUSPAGE_PAGE_ID must be set too.")
    posts = StatuspagePosts(
        settings.statuspage_api_url,
        api_key=settings.statuspage_api_key.get_secret_value(),
        page_id=settings.statuspage_page_id,
        timeout_seconds=_TIMEOUT_SECONDS,
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(posts.close)
    return posts


def open_jira(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    """Return what keeps issues, None without an address; raises Misconfigured."""
    if settings.jira_url is None:
        return None
    if settings.jira_token is None:
        raise Misconfigured("OPS_JIRA_URL is set, so OPS_JIRA_TOKEN must be set too.")
    issues = JiraIssues(
        settings.jira_url,
        token=settings.jira_token.get_secret_value(),
        username=settings.jira_username,
        project=settings.jira_project,
        issue_type=settings.jira_issue_type,
        timeout_seconds=_TIMEOUT_SECONDS,
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(issues.close)
    return issues


def open_teams(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    """Return what posts cards in Teams, None without an address; raises Misconfigured."""
    if settings.teams_webhook_url is None:
        return None
    url = settings.teams_webhook_url.get_secret_value()
    cards = TeamsCards(url, timeout_seconds=_TIMEOUT_SECONDS, ca_file=settings.tls_ca_file)
    stack.push_async_callback(cards.close)
    return cards
