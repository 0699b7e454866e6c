from portal.embedded import handover

LEFT = {"DATABASE_URL": "postgres://left/it", "SECRET_KEY_FILE": "/state/secret_key", "DEMO": "1"}


def test_a_command_typed_beside_the_portal_works_on_the_same_database(tmp_path):
    handover.leave(tmp_path, LEFT)
    environment: dict[str, str] = {}
    assert handover.adopt(environment, default=tmp_path)
    assert environment == LEFT


def test_a_database_that_is_named_stays_and_nothing_else_is_mixed_in(tmp_path):
    handover.leave(tmp_path, LEFT)
    environment = {"DATABASE_URL": "postgres://mine/it"}
    assert not handover.adopt(environment, default=tmp_path)
    assert environment == {"DATABASE_URL": "postgres://mine/it"}


def test_what_is_set_keeps_its_value_also_where_the_other_comes_from_a_file(tmp_path):
    handover.leave(tmp_path, LEFT)
    environment = {"SECRET_KEY": "mine", "DEMO": "0"}
    handover.adopt(environment, default=tmp_path)
    assert environment == {"SECRET_KEY": "mine", "DEMO": "0", "DATABASE_URL": "postgres://left/it"}


def test_only_its_owner_may_read_it(tmp_path):
    handover.leave(tmp_path, LEFT)
    assert (tmp_path / handover.FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_is_taken_over_once_the_portal_has_stopped(tmp_path):
    handover.leave(tmp_path, LEFT)
    handover.withdraw(tmp_path)
    assert not handover.adopt({}, default=tmp_path)


def test_state_dir_says_where_to_look(tmp_path):
    (tmp_path / "other").mkdir()
    handover.leave(tmp_path / "other", LEFT)
    assert handover.adopt({"STATE_DIR": str(tmp_path / "other")}, default=tmp_path)
