"""A user's script, which has to see to everything that may be None: checked, never run."""

from __future__ import annotations

import os
import sys

from ancla import (
    AnclaClient,
    AnclaError,
    App,
    BuildFailedError,
    Deployment,
    DeploymentFailedError,
    Image,
    NotFoundError,
    PipelineStage,
    Release,
)


def branch(app: App) -> str:
    if app.auto_deploy_branch is None:
        return "no branch"
    return app.auto_deploy_branch.removeprefix("refs/heads/")


def repository_host(app: App) -> str:
    return (app.github_repository or "").partition("/")[0]


def describe(name: str, stage: PipelineStage | None) -> str:
    if stage is None:
        return f"{name}: not yet"
    version = "" if stage.version is None else f" v{stage.version:03d}"
    return f"{name}{version}: {stage.error_detail.strip() if stage.error_detail else stage.status}"


def newest(images: list[Image]) -> str:
    return max((image.created for image in images if image.created is not None), default="never")


def tell(change: Image | Release | Deployment) -> None:
    if isinstance(change, Deployment):
        print(change.job_id.upper() if change.job_id else "waiting for a job")
    else:
        print(f"version {change.version:03d}")


def deploy(client: AnclaClient, org: str, project: str, slug: str) -> Deployment | None:
    try:
        return client.deploy_and_wait(org, project, slug, timeout=900, on_update=tell)
    except BuildFailedError as error:
        version = error.model.version if error.model else 0
        print(f"version {version:03d} does not build: {error.detail or error}")
    except DeploymentFailedError as error:
        if error.model is not None and error.model.deploy_log is not None:
            print(error.model.deploy_log.splitlines()[-1])
    return None


def main() -> int:
    api_key = os.environ.get("MYTOOL_KEY")
    with AnclaClient(api_key) as client:
        user = client.get_session().user
        print(user.email.lower() if user and user.email else "nobody")
        try:
            app = client.get_app("my-org", "my-project", "my-app")
        except NotFoundError as error:
            print(error.detail.capitalize() if error.detail else "not found")
            return 1
        except AnclaError as error:
            if error.status_code is not None and error.status_code >= 500 and error.retry_after:
                print(f"come back in {error.retry_after:.0f} s")
            return 1
        print(branch(app), repository_host(app), newest(client.list_images("o", "p", "a")))
        print(describe("build", client.get_pipeline_status("o", "p", "a").build))
        deployment = deploy(client, "my-org", "my-project", app.slug)
    if deployment is None:
        return 1
    print(deployment.updated.replace("T", " ") if deployment.updated else "just now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
