# A PostgreSQL cluster that lives until standard input closes.
# Prints the directory of its socket when it answers. What goes wrong is on standard error.
#
# The process that started us holds the other end of standard input, so that the kernel closes it
# however that process ends. Nothing else may stop us before the cluster is gone.
trap '' HUP INT TERM PIPE
bin=$1

dir=$(mktemp -d /tmp/throwaway-postgres.XXXXXX) || exit 1

start() {
    "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust \
        --encoding=UTF8 --no-locale --no-sync --no-instructions || return 1
    cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 500
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
END
    "$bin/pg_ctl" start --wait --pgdata="$dir/data" --log="$dir/log"
}

if start >"$dir/log" 2>&1; then
    echo "$dir"
    cat >/dev/null
    "$bin/pg_ctl" stop --pgdata="$dir/data" --mode=immediate >/dev/null 2>&1
else
    cat "$dir/log" >&2
fi
rm -rf "$dir"
