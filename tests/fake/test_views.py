"""FakeAncla's views list each field by hand. These tests compare them with the models."""

from __future__ import annotations

import dataclasses

import pytest

from ancla import models
from ancla._fake.views import VIEWS

# For each model, the views that show one in full or in a list.
VIEWS_OF = {
    "App": "App AppInList",
    "BuildLog": "BuildLog",
    "ConfigVar": "ConfigVar",
    "Deployment": "Deployment",
    "DeploymentLog": "DeploymentLog",
    "Environment": "WorkspaceEnvironment",
    "Image": "Image",
    "Org": "Org",
    "OrgMember": "OrgMember",
    "PipelineMetrics": "PipelineMetrics",
    "PipelineStage": "PipelineStage",
    "PipelineStageMetrics": "PipelineStageMetrics",
    "PipelineStatus": "PipelineStatus",
    "Project": "Project",
    "Release": "Release",
    "Session": "Session",
    "User": "User",
}
# Fields that only today's API has, that have another name there, or that the client adds.
NOT_SENT = {
    "App": {"build_strategy", "environment"},
    "Environment": {"application_count"},
    "ConfigVar": {"scope"},
    "Image": {"strategy"},
    "Org": {"personal"},
    "OrgMember": {"application_count"},
}


@pytest.mark.parametrize("name", VIEWS_OF)
def test_each_field_of_a_model_is_in_its_views(name: str) -> None:
    fields = {field.name for field in dataclasses.fields(getattr(models, name))}
    shown = {field.name for view in VIEWS_OF[name].split() for field in VIEWS[view]}
    assert fields - shown - NOT_SENT.get(name, set()) == set()


def test_a_nested_view_is_in_the_table() -> None:
    nested = {field.record for fields in VIEWS.values() for field in fields if field.record}
    assert nested <= VIEWS.keys()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_names_each_field_once(view: str) -> None:
    names = [field.name for field in VIEWS[view]]
    assert sorted(names) == sorted(set(names))
