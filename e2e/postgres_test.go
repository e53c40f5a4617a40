package e2e

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
func startPostgres(dir string) (stop func(), err error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	credential, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
		return cmd
	}
	data := filepath.Join(dir, "data")
	initdb := command("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", data)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	server := command("postgres", "-D", data, "-k", dir, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300")
	if err := server.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
	}
	postgresURL = func(name string) string {
		return "postgres://postgres@127.0.0.1:" + port + "/" + name + "?sslmode=disable"
	}
	if err := migrate(); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
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

// unprivileged is whom PostgreSQL runs as, since it refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, int(uid), int(gid))
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
	admin, err := sql.Open("postgres", postgresURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if err = admin.Ping(); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
	if _, err := admin.Exec("CREATE DATABASE template_coder"); err != nil {
		return err
	}
	db, err := sql.Open("postgres", postgresURL("template_coder"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return migrations.Up(db)
}

var databases atomic.Int64

// newDatabase gives a test a migrated database of its own.
func newDatabase(t *testing.T) (store database.Store, notices pubsub.Pubsub, url string) {
	t.Helper()
	admin, err := sql.Open("postgres", postgresURL("postgres"))
	require.NoError(t, err)
	name := fmt.Sprintf("coder_%d", databases.Add(1))
	_, err = admin.Exec("CREATE DATABASE " + name + " TEMPLATE template_coder")
	require.NoError(t, err)
	require.NoError(t, admin.Close())
	url = postgresURL(name)
	store, notices = dbtestutil.NewDB(t, dbtestutil.WithURL(url))
	return store, notices, url
}
