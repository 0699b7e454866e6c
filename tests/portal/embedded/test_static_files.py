import pytest

from portal.embedded import static_files


@pytest.fixture
def place(tmp_path):
    project, folder = tmp_path / "project", tmp_path / "state"
    (project / "portal" / "static" / "css").mkdir(parents=True)
    (project / "portal" / "static" / "css" / "base.css").write_text("a {}")
    for name in static_files.ALSO:
        (project / name).write_text(name)
    (folder / "static").mkdir(parents=True)
    (folder / "static" / "staticfiles.json").write_text("{}")
    return {"project": project, "folder": folder}


def test_what_has_not_changed_is_not_collected_again(place):
    assert not static_files.collected(**place)
    static_files.note(**place)
    assert static_files.collected(**place)


@pytest.mark.parametrize("changed", ["portal/static/css/base.css", "portal/static/css/new.css", *static_files.ALSO])
def test_any_change_has_it_collected_again(place, changed):
    static_files.note(**place)
    (place["project"] / changed).write_text("changed")
    assert not static_files.collected(**place)


def test_a_file_that_is_renamed_counts_as_a_change(place):
    static_files.note(**place)
    css = place["project"] / "portal" / "static" / "css"
    (css / "base.css").rename(css / "other.css")
    assert not static_files.collected(**place)


def test_files_that_were_deleted_are_collected_again(place):
    static_files.note(**place)
    (place["folder"] / "static" / "staticfiles.json").unlink()
    assert not static_files.collected(**place)
