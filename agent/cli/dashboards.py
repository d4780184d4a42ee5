"""`ops-monitor dashboards …`: list, check, export and publish what Grafana and Kibana show."""

from pathlib import Path

import click

from agent.cli.ground import run, settings_of, told


@click.group()
def dashboards() -> None:
    """List, check, export and publish dashboards."""


@dashboards.command("list")
@click.pass_obj
def list_all(secrets_dir: str | None) -> None:
    """List every dashboard with its purpose and its readers."""
    from agent.app.dashboards_terminal import list_dashboards

    list_dashboards(settings_of(secrets_dir), click.echo)


@dashboards.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def check(secrets_dir: str | None, names: tuple[str, ...]) -> None:
    """Ask the configured Prometheus for every panel: data, no data with its reason, or an error."""
    from agent.app.dashboards_terminal import check as check_app

    run(check_app(settings_of(secrets_dir), names, click.echo))


@dashboards.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def export(folder: Path) -> None:
    """Write Grafana's JSON and provisioning files below DIR."""
    from agent.app.dashboards_terminal import export as export_app

    with told():
        export_app(folder, click.echo)


@dashboards.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.pass_obj
def kibana(secrets_dir: str | None, folder: Path) -> None:
    """Write Kibana's saved objects (a data view, saved searches) below DIR."""
    from agent.app.dashboards_terminal import export_kibana

    with told():
        export_kibana(settings_of(secrets_dir), folder, click.echo)


@dashboards.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def publish(secrets_dir: str | None, names: tuple[str, ...]) -> None:
    """Propose to publish dashboards in Grafana; without a NAME, all of them. The running bot does what the rules let."""
    from agent.app.dashboards_terminal import publish as publish_app

    run(publish_app(settings_of(secrets_dir), names, click.echo))
