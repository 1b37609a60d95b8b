# SPDX-License-Identifier: GPL-2.0-or-later
# What a daemon needs beside its work: log, control socket, service manager, privileges.
highbase_library(runtime SEPARATE
    SOURCES
        control_hub.cpp
        control_server.cpp
        control_session.cpp
        control_socket.cpp
        durable_file.cpp
        hardware_watchdog.cpp
        journal.cpp
        journal_store.cpp
        log.cpp
        log_history.cpp
        log_pipeline.cpp
        log_rate.cpp
        log_record.cpp
        log_sink.cpp
        privileges.cpp
        service_manager.cpp
        status_mailbox.cpp
        wake_up.cpp
        will_memory.cpp
        worker_thread.cpp
    DEPENDS cluster_pure node status vrrp
    SYSTEM_DEPENDS
        Boost::headers PkgConfig::libcap_ng PkgConfig::libsystemd Threads::Threads fmt::fmt tl::expected)
if(HIGHBASE_SANITIZERS MATCHES "thread")
    # ThreadSanitizer knows no fences, and GCC warns of Asio's, whose queues are ordered by a mutex all the
    # same.
    target_compile_definitions(highbase_runtime PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# The third vote, apart from the rest: only this needs an HTTP client.
highbase_library(witness_client
    SOURCES witness_client.cpp
    DEPENDS runtime witness
    SYSTEM_DEPENDS Boost::headers)
