package config_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/hub/config"
)

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lares.conf")
	if err := os.WriteFile(file, []byte("# a comment\nhttps = :1\nhttp = :2\nlimit = 1G\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) string {
		return map[string]string{"LARES_CONFIG": file, "LARES_HTTP": ":3", "LARES_DATA": "/somewhere"}[k]
	}
	c, err := config.Parse([]string{"--data", "/elsewhere", "--names", "Cam.example, nas"}, env, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTPS != ":1" || c.HTTP != ":3" || c.Data != "/elsewhere" || c.LimitBytes != 1<<30 {
		t.Errorf("file < environment < flags does not hold: %+v", c)
	}
	if c.Media != "/elsewhere/media" || c.Database() != "/elsewhere/lares.db" || c.Control() != "/elsewhere/control.sock" {
		t.Errorf("paths do not follow the data folder: %+v", c)
	}
	if strings.Join(c.Names, " ") != "cam.example nas" || !c.Announce || !c.Detectors || c.Discover != config.DiscoverLAN {
		t.Errorf("names %v, announce %v, discover %q", c.Names, c.Announce, c.Discover)
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	none := func(string) string { return "" }
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--https", "8443"}, "https"},
		{[]string{"--https", ":99999"}, "port"},
		{[]string{"--limit", "12Q"}, "limit"},
		{[]string{"--limit", "1K"}, "too small"},
		{[]string{"--limit", "99999999999T"}, "not a size"},
		{[]string{"--announce", "maybe"}, "neither true nor false"},
		{[]string{"--detectors", "two"}, "neither true nor false"},
		{[]string{"--discover", "everywhere"}, "none of lan, here, all, off"},
		{[]string{"--names", "a b"}, "host name"},
		{[]string{"--config", "/nonexistent"}, "settings"},
		{[]string{"--pool", "/mnt/b"}, "disk2=/mnt"},
		{[]string{"--pool", "B=/mnt/b"}, "small letters"},
		{[]string{"--pool", "b=mnt/b"}, "from / on"},
		{[]string{"--pool", "main=/mnt/b"}, "--media"},
		{[]string{"--pool", "b=/mnt/b", "--pool", "b=/mnt/c"}, "already"},
		{[]string{"--pool", "b=/mnt/b,c=/mnt/b/"}, "in each other"},
		{[]string{"--media", "/mnt/b/c", "--pool", "b=/mnt/b"}, "in each other"},
		{[]string{"now"}, "unexpected"},
	} {
		_, err := config.Parse(tt.args, none, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v: error %v, want one that says %q", tt.args, err, tt.says)
		}
	}
}

// TestPools: pools are said by one setting or several, in one place.
func TestPools(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lares.conf")
	if err := os.WriteFile(file, []byte("pool = b=/mnt/b\npool = c = /mnt/c\nnames = one\nnames = two\nhttp = :1\nhttp = :2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "[{b /mnt/b} {c /mnt/c}]"
	for name, tt := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"flags":       {[]string{"--pool", "b=/mnt/b", "--pool", "c=/mnt/c/"}, nil, want},
		"one flag":    {[]string{"--pool", "b=/mnt/b, c=/mnt/c"}, nil, want},
		"environment": {nil, map[string]string{"LARES_POOL": "b=/mnt/b,c=/mnt/c"}, want},
		"file":        {[]string{"--config", file}, nil, want},
		"flags alone": {[]string{"--config", file, "--pool", "d=/mnt/d"}, nil, "[{d /mnt/d}]"},
		"none":        {nil, nil, "[]"},
		"like names":  {[]string{"--media", "/mnt/a", "--pool", "ab=/mnt/ab"}, nil, "[{ab /mnt/ab}]"},
	} {
		c, err := config.Parse(tt.args, func(k string) string { return tt.env[k] }, io.Discard)
		if err != nil || fmt.Sprint(c.Pools) != tt.want {
			t.Errorf("%s: %v, %v", name, c.Pools, err)
		}
		if name == "file" && (strings.Join(c.Names, " ") != "one two" || c.HTTP != ":2") {
			t.Errorf("names %v, http %s", c.Names, c.HTTP)
		}
	}
}

// TestHelp: each setting is explained, with what it is without being said.
func TestHelp(t *testing.T) {
	var out strings.Builder
	if _, err := config.Parse([]string{"--help"}, func(string) string { return "" }, &out); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	for _, want := range []string{"-pool NAME=FOLDER", "-https", "(default :8443)", "-offline-after"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help does not say %q:\n%s", want, out.String())
		}
	}
}

func TestUnknownSettingInFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lares.conf")
	if err := os.WriteFile(file, []byte("htps = :1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Parse([]string{"--config", file}, func(string) string { return "" }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), `"htps"`) {
		t.Errorf("error %v does not name the setting", err)
	}
}
