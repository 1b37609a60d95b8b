# SPDX-License-Identifier: GPL-2.0-or-later
"""The preflight on real servers: what it finds is so, and what it says mends it."""
import pytest

from lab.database import APPLICATION, MONITOR
from lab.mariadb import MariaDb
from lab.mysql import MySql
from lab.preflight import VIRTUAL_ADDRESS, mend, preflight

MARIADB, MYSQL = (MariaDb,), (MySql,)
BOTH = (MariaDb, MySql)
# Of the laboratory's servers: true, and no fault. The monitor account sees no more than it needs.
ALWAYS = {"accounts_unseen", "tables_unseen", "peer_unseen"}
UNTIL_HBVRRP = {"semi_sync_settings"}


def ids(findings):
    return {finding.id for finding in findings}


def only(findings, wanted):
    found = [finding for finding in findings if finding.id == wanted]
    assert found, f"{wanted} is not among {sorted(ids(findings))}"
    return found[0]


@pytest.fixture
def server(tmp_path, product):
    with product(tmp_path, "alone", 1) as database:
        yield database.start()


def test_a_server_of_the_laboratory_is_in_order(server):
    assert ids(preflight(server)) == ALWAYS | UNTIL_HBVRRP
    assert {finding.severity for finding in preflight(server)} == {"note"}


def test_a_pair_is_in_order_from_both_sides(databases):
    a, b = databases
    assert ids(preflight(a, b, "primary")) == (ALWAYS | UNTIL_HBVRRP) - {"peer_unseen"}
    assert ids(preflight(b, a, "replica")) == (ALWAYS | UNTIL_HBVRRP) - {"peer_unseen"}


# What an administrator has set; the finding. Each remedy is carried out, and the finding is gone.
SET = [
    (BOTH, "sync_binlog = 0", "sync_binlog"),
    (BOTH, "innodb_flush_log_at_trx_commit = 2", "commit_flush"),
    (BOTH, "sync_relay_log = 0", "sync_relay_log"),
    (BOTH, "binlog_format = MIXED", "binlog_format"),
    (BOTH, "binlog_expire_logs_seconds = 3600", "binlog_expiry"),
    (MARIADB, "gtid_strict_mode = OFF", "gtid_strict_mode"),
    (MARIADB, "slave_net_timeout = 60", "replica_timeout"),
    (MYSQL, "replica_net_timeout = 60", "replica_timeout"),
    (MYSQL, "gtid_mode = ON_PERMISSIVE", "gtid_mode"),
    (MYSQL, "replica_preserve_commit_order = OFF", "commit_order"),
]


def test_settings_are_found_and_mended(server, product):
    for products, setting, wanted in SET:
        if product not in products:
            continue
        server.sql(f"SET GLOBAL {setting}")
        finding = only(preflight(server), wanted)
        assert finding.statements, wanted
        if wanted == "commit_order":  # there is no applier to stop
            finding.statements[:] = [finding.statements[1]]
        mend(server, finding)
        assert ids(preflight(server)) == ALWAYS | UNTIL_HBVRRP, wanted


@pytest.mark.only(product=MySql)
def test_gtids_from_the_beginning(tmp_path, product):
    off = {"gtid_mode": "OFF", "enforce_gtid_consistency": "OFF"}
    with product(tmp_path, "alone", 1, settings=off) as server:
        server.start()
        assert {"gtid_mode", "gtid_consistency"} <= ids(preflight(server))
        mend(server, only(preflight(server), "gtid_mode"))
        assert ids(preflight(server)) == ALWAYS | UNTIL_HBVRRP
        server.kill()
        server.settings = {}
        server.start()
        assert ids(preflight(server)) == ALWAYS | UNTIL_HBVRRP


# Only a start of the server brings these: the line of the remedy goes to the command line.
STARTED_WITH = [
    (MARIADB, {"log_slave_updates": "OFF", "relay_log_space_limit": 100000, "skip_name_resolve": "OFF",
               "read_only": "OFF", "rpl_semi_sync_slave_kill_conn_timeout": 5,
               "rpl_semi_sync_master_wait_point": "AFTER_COMMIT"},
     {"no_log_of_replicated", "relay_log_space", "name_resolution", "boots_writable",
      "kill_connection_timeout", "wait_point"}),
    (MYSQL, {"log_replica_updates": "OFF", "relay_log_space_limit": 100000, "skip_name_resolve": "OFF",
             "read_only": "OFF", "super_read_only": "OFF", "relay_log_recovery": "ON",
             "skip_replica_start": "OFF", "rpl_semi_sync_source_wait_point": "AFTER_COMMIT"},
     {"no_log_of_replicated", "relay_log_space", "name_resolution", "boots_writable", "relay_log_recovery",
      "replica_starts_by_itself", "wait_point"}),
]


def test_what_a_start_brings_is_found_and_mended_by_the_next(tmp_path, product):
    _, settings, wanted = next(row for row in STARTED_WITH if product in row[0])
    with product(tmp_path, "alone", 1, settings=dict(settings)) as server:
        server.start()
        findings = preflight(server)
        assert ids(findings) == ALWAYS | UNTIL_HBVRRP | wanted
        for finding in findings:
            if finding.option:
                name, _, value = finding.option.partition(" = ")
                server.settings[name] = value
        server.stop()
        server.start()
        kept = {"wait_point", "kill_connection_timeout"}  # by hbvrrp, not by an operator
        assert ids(preflight(server)) == ALWAYS | UNTIL_HBVRRP | (wanted & kept)


def test_without_a_binary_log(tmp_path, product):
    with product(tmp_path, "alone", 1, settings={"skip_log_bin": None}) as server:
        server.start()
        finding = only(preflight(server), "no_binary_log")
        assert (finding.severity, finding.option) == ("error", "log_bin")
        server.stop()
        server.settings = {finding.option: None}
        server.start()
        assert "no_binary_log" not in ids(preflight(server))


@pytest.mark.only(product=MySql)
def test_plugins_that_are_missing_are_installed(tmp_path, product):
    for loaded in ("rpl_semi_sync_source=semisync_source.so", "rpl_semi_sync_replica=semisync_replica.so"):
        with product(tmp_path, loaded[:18], 1, settings={"plugin_load_add": loaded}) as server:
            server.start()
            server.set_writable(True)
            mend(server, only(preflight(server), "semi_sync_missing"))
            assert "semi_sync_missing" not in ids(preflight(server))


def test_missing_grants_are_named_and_granted(server):
    server.set_writable(True)
    poor, secret = "poor", "poor-secret"
    server.sql(f"CREATE USER {poor}@localhost IDENTIFIED BY '{secret}'")
    account = (poor, secret)
    findings = preflight(server, account=account)
    assert {"missing_grants", "useful_grants", "accounts_unseen", "tables_unseen"} <= ids(findings)
    assert "replication_unseen" in ids(findings)
    for finding in findings:
        if finding.id != "replication_unseen":
            mend(server, finding)
    # It sees the laboratory's own monitor account now, which may sign in from anywhere.
    found = preflight(server, account=account)
    assert ids(found) == {"peer_unseen", "privileged_account"} | UNTIL_HBVRRP
    assert only(found, "privileged_account").text.startswith(f"'{MONITOR[0]}'@'%'")


def test_each_needed_grant_is_missed(server, product):
    server.set_writable(True)
    granted = " ".join(row[next(iter(row))] for row in server.sql("SHOW GRANTS", *MONITOR))
    for finding_id, privileges in {
            MariaDb: {"missing_grants": ["READ_ONLY ADMIN", "SLAVE MONITOR", "REPLICATION SLAVE ADMIN",
                                         "REPLICATION MASTER ADMIN", "RELOAD"],
                      "useful_grants": ["CONNECTION ADMIN", "BINLOG MONITOR", "PROCESS", "EVENT"]},
            MySql: {"missing_grants": ["REPLICATION CLIENT", "REPLICATION_SLAVE_ADMIN",
                                       "SYSTEM_VARIABLES_ADMIN", "CONNECTION_ADMIN", "RELOAD"],
                    "useful_grants": ["PROCESS", "EVENT", "SYSTEM_USER"]}}[product].items():
        for privilege in privileges:
            assert privilege in granted
            server.sql(f"REVOKE {privilege} ON *.* FROM {MONITOR[0]}@localhost")
            finding = only(preflight(server), finding_id)
            assert len(finding.statements) == 1
            mend(server, finding)
            assert finding_id not in ids(preflight(server)), privilege


def test_grants_by_a_role_count(server, product):
    server.set_writable(True)
    everything = "ALL PRIVILEGES ON *.*"
    server.sql("CREATE ROLE operator")
    server.sql(f"GRANT {everything} TO operator")
    server.sql("CREATE USER hired@localhost IDENTIFIED BY 'hired-secret'")
    server.sql("GRANT operator TO hired@localhost")
    assert "missing_grants" in ids(preflight(server, account=("hired", "hired-secret")))
    server.sql("SET DEFAULT ROLE operator " + ("FOR" if product is MariaDb else "TO") + " hired@localhost")
    found = preflight(server, account=("hired", "hired-secret"))
    assert ids(found) <= {"peer_unseen", "privileged_account"} | UNTIL_HBVRRP


def see_everything(server):
    for finding in preflight(server):
        if finding.id in ("accounts_unseen", "tables_unseen"):
            mend(server, finding)


def test_an_application_with_too_much_power(server, product):
    server.set_writable(True)
    see_everything(server)
    assert ids(preflight(server)) == {"peer_unseen"} | UNTIL_HBVRRP
    connection_admin = "CONNECTION ADMIN" if product is MariaDb else "CONNECTION_ADMIN"
    powers = [("SUPER", "error"), (connection_admin, "warning")]
    if product is MariaDb:
        powers.append(("READ_ONLY ADMIN", "error"))
    for privilege, severity in powers:
        server.sql(f"GRANT {privilege} ON *.* TO {APPLICATION[0]}@'%'")
        finding = only(preflight(server), "privileged_account")
        assert finding.severity == severity
        mend(server, finding)
        assert "privileged_account" not in ids(preflight(server))
    server.sql(f"GRANT ALL ON *.* TO {APPLICATION[0]}@'%'")
    mend(server, only(preflight(server), "privileged_account"))
    assert "privileged_account" not in ids(preflight(server))


def test_tables_without_transactions(server):
    server.set_writable(True)
    see_everything(server)
    server.sql("CREATE TABLE app.`odd``name` (id INT PRIMARY KEY) ENGINE = MyISAM")
    server.sql("CREATE TABLE app.plain (id INT PRIMARY KEY) ENGINE = MEMORY")
    finding = only(preflight(server), "other_engine")
    assert len(finding.statements) == 2
    mend(server, finding)
    assert "other_engine" not in ids(preflight(server))


def test_events_on_both_sides(databases):
    a, b = databases
    for server in databases:
        server.sql("SET GLOBAL event_scheduler = ON")
    a.sql("CREATE EVENT app.`odd``name` ON SCHEDULE EVERY 1 DAY DO SET @x = 1")
    b.wait_executed(a.executed(), 5)
    assert "events_stay_behind" in ids(preflight(a, b, "primary"))
    assert not {"events_on_replica", "events_off"} & ids(preflight(b, a, "replica"))
    # After a takeover each has the other's part.
    b.set_writable(True)
    mend(b, only(preflight(b, a, "primary"), "events_off"))
    assert "events_off" not in ids(preflight(b, a, "primary"))
    b.set_writable(False)
    finding = only(preflight(b, a, "replica"), "events_on_replica")
    before = b.executed()
    mend(b, finding)
    assert b.executed() == before
    assert not b.is_writable()
    assert "events_on_replica" not in ids(preflight(b, a, "replica"))


def test_the_way_to_the_source(databases, product):
    a, b = databases
    stop, start = ("STOP SLAVE", "START SLAVE") if product is MariaDb else ("STOP REPLICA", "START REPLICA")
    change = "CHANGE MASTER TO MASTER_" if product is MariaDb else "CHANGE REPLICATION SOURCE TO SOURCE_"
    for what, wanted in [(f"HOST = '{VIRTUAL_ADDRESS}'", "through_virtual_address"),
                         ("HOST = 'db1.example'", "source_by_name"),
                         ("HOST = '203.0.113.99'", "other_source"),
                         ("PORT = 3399", "other_source"),
                         ("DELAY = 3600", "delayed"),
                         ("CONNECT_RETRY = 60", "connect_retry")]:
        for statement in (stop, change + what, start):
            b.sql(statement)
        finding = only(preflight(b, a, "replica"), wanted)
        assert finding.server == "own"
        assert only(preflight(a, b, "primary"), wanted).statements == finding.statements
        mend(b, finding)
        assert wanted not in ids(preflight(b, a, "replica"))
    a.sql("CREATE TABLE app.last (id INT PRIMARY KEY)", *APPLICATION)
    b.wait_executed(a.executed(), 10)


@pytest.mark.only(product=MariaDb)
def test_other_ways_to_count_than_by_the_source_s_gtids(databases):
    a, b = databases
    for what, wanted in [("no", "not_by_gtid"), ("current_pos", "counts_own_writes")]:
        for statement in ("STOP SLAVE", f"CHANGE MASTER TO MASTER_USE_GTID = {what}"):
            b.sql(statement)
        mend(b, only(preflight(b, a, "replica"), wanted))
        assert wanted not in ids(preflight(b, a, "replica"))
    a.sql("CREATE TABLE app.last (id INT PRIMARY KEY)", *APPLICATION)
    b.wait_executed(a.executed(), 10)


@pytest.mark.only(product=MySql)
def test_file_and_offset_instead_of_gtids(databases):
    a, b = databases
    for statement in ("STOP REPLICA", "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 0"):
        b.sql(statement)
    mend(b, only(preflight(b, a, "replica"), "not_by_gtid"))
    assert "not_by_gtid" not in ids(preflight(b, a, "replica"))
    a.sql("CREATE TABLE app.last (id INT PRIMARY KEY)", *APPLICATION)
    b.wait_executed(a.executed(), 10)


def test_a_filter(databases, product):
    a, b = databases
    if product is MariaDb:
        statements = ["STOP SLAVE", "SET GLOBAL replicate_ignore_db = 'none'",
                      "SET GLOBAL replicate_wild_do_table = 'app.%'", "START SLAVE"]
    else:
        statements = ["STOP REPLICA SQL_THREAD", "CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB = (none), "
                      "REPLICATE_WILD_DO_TABLE = ('app.%')", "START REPLICA SQL_THREAD"]
    for statement in statements:
        b.sql(statement)
    finding = only(preflight(b, a, "replica"), "replication_filter")
    assert "Replicate_Wild_Do_Table = app.%" in finding.text
    mend(b, finding)
    assert "replication_filter" not in ids(preflight(b, a, "replica"))


def test_another_source_beside(databases, product):
    a, b = databases
    b.sql("CHANGE MASTER 'be''side' TO MASTER_HOST = '203.0.113.99'" if product is MariaDb else
          "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '203.0.113.99' FOR CHANNEL 'beside'")
    mend(b, only(preflight(b, a, "replica"), "several_sources"))
    assert "several_sources" not in ids(preflight(b, a, "replica"))


def test_one_number_for_two_servers(databases):
    a, b = databases
    b.sql("SET GLOBAL server_id = 1")
    mend(b, only(preflight(b, a, "replica"), "same_server_id"))
    assert "same_server_id" not in ids(preflight(b, a, "replica"))


@pytest.mark.only(product=MariaDb)
def test_two_domains(databases):
    a, b = databases
    b.sql("SET GLOBAL gtid_domain_id = 7")
    mend(b, only(preflight(b, a, "replica"), "different_domains"))
    assert "different_domains" not in ids(preflight(b, a, "replica"))


def test_a_third_one_that_acknowledges(databases, lab, product):
    a, b = databases
    client = lab.hosts["client"]
    with product(lab.directory, "c", 3, client.namespace.name, client.nic.ipv4) as third:
        third.start()
        third.send_acknowledgements()
        third.follow(a)
        finding = only(preflight(a, b, "primary"), "third_acknowledger")
        assert (finding.severity, finding.server) == ("error", "own")
        assert only(preflight(a, b, "primary", lossless=False), "third_acknowledger").severity == "warning"


def test_a_primary_that_does_not_wait(databases, product):
    a, b = databases
    source = "master" if product is MariaDb else "source"
    a.sql(f"SET GLOBAL rpl_semi_sync_{source}_timeout = 1")
    b.pause()
    a.sql("INSERT INTO app.t VALUES (1)", *APPLICATION)
    found = preflight(a, None, "primary")
    assert only(found, "asynchronous").severity == "error"
    b.resume()
    a.sql(f"SET GLOBAL rpl_semi_sync_{source}_enabled = OFF")
    assert only(preflight(a, b, "primary"), "asynchronous").severity == "note"
