package e2e

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/coder/coder/v2/coderd/database"
	"github.com/coder/coder/v2/coderd/database/dbtestutil"
	"github.com/coder/coder/v2/coderd/database/migrations"
	"github.com/coder/coder/v2/coderd/database/pubsub"
	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"
)

// postgresURL is the address of a database on the test run's server.
var postgresURL func(name string) string

// startPostgres runs a PostgreSQL of its own in dir and migrates the database that all others are copied from.
func startPostgres(dir string) (stop func() error, err error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	run := func(args ...string) error {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%q: %w\n%s", args, err, out)
		}
		return nil
	}
	var as []string
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}
		if err := run("chown", "postgres", dir); err != nil {
			return nil, err
		}
	}
	command := func(name string, args ...string) error {
		return run(slices.Concat(as, []string{filepath.Join(bin, name), "-D", filepath.Join(dir, "data")}, args)...)
	}
	if err := command("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	options := fmt.Sprintf("-k %s -p %s -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300", dir, port)
	if err := command("pg_ctl", "start", "-l", filepath.Join(dir, "log"), "-o", options); err != nil {
		return nil, err
	}
	postgresURL = func(name string) string {
		return "postgres://postgres@127.0.0.1:" + port + "/" + name + "?sslmode=disable"
	}
	return func() error { return command("pg_ctl", "stop", "-m", "immediate") }, migrate()
}

// postgresBin finds initdb and postgres, where Debian has them or on PATH.
func postgresBin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	at, err := exec.LookPath("postgres")
	if err != nil {
		return "", fmt.Errorf("PostgreSQL 13 or later is missing: on Debian, apt-get install postgresql")
	}
	return filepath.Dir(at), nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	return port, l.Close()
}

func migrate() error {
	if err := createDatabase("template_coder"); err != nil {
		return err
	}
	db, err := sql.Open("postgres", postgresURL("template_coder"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return migrations.Up(db)
}

func createDatabase(definition string) error {
	admin, err := sql.Open("postgres", postgresURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	_, err = admin.Exec("CREATE DATABASE " + definition)
	return err
}

var databases atomic.Int64

// newDatabase gives a test a migrated database of its own.
func newDatabase(t *testing.T) (store database.Store, notices pubsub.Pubsub, url string) {
	t.Helper()
	name := fmt.Sprintf("coder_%d", databases.Add(1))
	require.NoError(t, createDatabase(name+" TEMPLATE template_coder"))
	url = postgresURL(name)
	store, notices = dbtestutil.NewDB(t, dbtestutil.WithURL(url))
	return store, notices, url
}
