// Package config turns flags, environment and a file into one validated value
// that nobody changes afterwards.
package config

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is what `lares serve` runs with.
type Config struct {
	// Data is the folder of hub.key, database, certificates and, unless Media
	// says otherwise, recordings. It must be on a local file system.
	Data string
	// Media is the root of the first media pool, which holds the keyring as well. Default:
	// Data/media.
	Media string
	// Pools are further ones, for recordings alone.
	Pools []Pool
	// HTTPS is where the hub serves everything, host:port.
	HTTPS string
	// HTTP is where the page about the hub's certificate is served, host:port.
	HTTP string
	// Names are further host names the hub is reached by.
	Names []string
	// LimitBytes bounds all recordings; the oldest of who has most go first. 0: what the
	// disk has. Either way a part of the disk stays free.
	LimitBytes int64
	// JournalKeep is how long the journal of who saw what goes back.
	JournalKeep time.Duration
	// OfflineAfter is how long a camera brings no pictures before its owner is
	// told. 0: never.
	OfflineAfter time.Duration
	// Announce says whether mDNS announces lares.local on the LAN.
	Announce bool
	// Discover says where cameras are searched: one of the values below.
	Discover string
	// Detectors says whether owners may have pictures of their cameras go to a detector
	// of the house. None does unless its owner says so.
	Detectors bool
}

// Pool is a media pool beside the first one.
type Pool struct{ Name, Dir string }

// FirstPool is what the first media pool is called.
const FirstPool = "main"

// The values of Config.Discover.
const (
	DiscoverLAN  = "lan"  // on the networks of this machine
	DiscoverHere = "here" // on this machine itself
	DiscoverAll  = "all"  // both
	DiscoverOff  = "off"
)

// Database is the path of the SQLite file.
func (c Config) Database() string { return filepath.Join(c.Data, "lares.db") }

// Control is the path of the socket for console commands.
func (c Config) Control() string { return filepath.Join(c.Data, "control.sock") }

// option is one setting under its one name: flag --name, environment
// LARES_NAME (upper case, dashes as underscores), file line "name = value".
type option struct {
	name, value, help string
	set               func(*Config, string) error
}

// lists are the settings that may be said several times in one place: they are all of that,
// separated by commas.
var lists = []string{"names", "pool"}

// said is what a setting was before, and is once more.
func said(name, before, more string) string {
	if before != "" && slices.Contains(lists, name) {
		return before + "," + more
	}
	return more
}

func options() []option {
	return []option{
		{"data", defaultData(), "folder for keys, database and recordings", func(c *Config, v string) error { return path(&c.Data, v) }},
		{"media", "", "folder for recordings (default: media in the data folder)", func(c *Config, v string) error { return path(&c.Media, v) }},
		{"pool", "", "a further `NAME=FOLDER` for recordings, on another disk; several by commas or by saying it again. Which one a camera's go to is chosen on its page", func(c *Config, v string) error { return pools(&c.Pools, v) }},
		{"https", ":8443", "address of the hub", func(c *Config, v string) error { return address(&c.HTTPS, v) }},
		{"http", ":8080", "address of the page that helps to trust the hub's certificate", func(c *Config, v string) error { return address(&c.HTTP, v) }},
		{"names", "", "further host names of the hub, separated by commas", func(c *Config, v string) error { return names(&c.Names, v) }},
		{"limit", "0", "most that recordings may take, such as 500G; 0 = what the disk has, but for a twentieth or 2 GiB that stay free in any case", func(c *Config, v string) error { return bytes(&c.LimitBytes, v) }},
		{"journal-days", "365", "how many days the journal of who saw what goes back", func(c *Config, v string) error { return days(&c.JournalKeep, v) }},
		{"offline-after", "30s", "how long a camera brings no pictures before its owner is told; 0 = never", func(c *Config, v string) error { return span(&c.OfflineAfter, v) }},
		{"announce", "true", "announce lares.local on the LAN", func(c *Config, v string) error { return boolean(&c.Announce, v) }},
		{"discover", DiscoverLAN, "where to search for cameras: lan; here = on this machine; all = both; off. With here and all, a look at this machine itself and a detector on it are allowed", func(c *Config, v string) error {
			return oneOf(&c.Discover, v, DiscoverLAN, DiscoverHere, DiscoverAll, DiscoverOff)
		}},
		{"detectors", "true", "let owners have pictures of their cameras go to a detector of the house", func(c *Config, v string) error { return boolean(&c.Detectors, v) }},
	}
}

// Parse reads arguments, then the environment, then the file that --config (or
// LARES_CONFIG) names, in falling precedence. It returns flag.ErrHelp after
// printing help to out.
func Parse(args []string, env func(string) string, out io.Writer) (Config, error) {
	opts := options()
	flags := flag.NewFlagSet("lares serve", flag.ContinueOnError)
	flags.SetOutput(out)
	given := map[string]string{}
	for _, o := range opts {
		flags.Var(&flagged{o, given}, o.name, o.help)
	}
	file := flags.String("config", env("LARES_CONFIG"), "file with lines \"name = value\" of these settings")
	if err := flags.Parse(args); err != nil {
		return Config{}, err
	}
	if flags.NArg() > 0 {
		return Config{}, fmt.Errorf("config: unexpected argument %q: settings are written as --name value", flags.Arg(0))
	}
	lines, err := readFile(*file)
	if err != nil {
		return Config{}, err
	}
	var c Config
	for _, o := range opts {
		value := o.value
		if v, ok := lines[o.name]; ok {
			value = v
		}
		if v := env("LARES_" + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))); v != "" {
			value = v
		}
		if v, ok := given[o.name]; ok {
			value = v
		}
		delete(lines, o.name)
		if err := o.set(&c, value); err != nil {
			return Config{}, fmt.Errorf("config: %s: %w", o.name, err)
		}
	}
	for name := range lines {
		return Config{}, fmt.Errorf("config: %s: there is no setting %q", *file, name)
	}
	if c.Media == "" {
		c.Media = filepath.Join(c.Data, "media")
	}
	return c, c.apart()
}

// flagged is a setting as a flag.
type flagged struct {
	option
	given map[string]string
}

// String is the value without the flag; package flag asks a zero one too.
func (f *flagged) String() string { return f.value }

// Set takes what was said.
func (f *flagged) Set(v string) error {
	f.given[f.name] = said(f.name, f.given[f.name], v)
	return nil
}

func readFile(name string) (map[string]string, error) {
	lines := map[string]string{}
	if name == "" {
		return lines, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("config: reading the settings: %w", err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("config: %s line %d: expected \"name = value\"", name, n)
		}
		name := strings.TrimSpace(key)
		lines[name] = said(name, lines[name], strings.TrimSpace(value))
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("config: reading the settings: %w", err)
	}
	return lines, nil
}

// defaultData follows the FHS for a service run by root and the XDG base
// directories for a person.
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/lares"
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "lares")
	}
	return "lares-data"
}

func path(to *string, v string) error {
	if v == "" {
		*to = ""
		return nil
	}
	abs, err := filepath.Abs(v)
	*to = abs
	return err
}

func address(to *string, v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is not an address such as :8443 or 192.168.1.5:8443", v)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q is not a port", port)
	}
	*to = v
	return nil
}

var hostName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$`)

func names(to *[]string, v string) error {
	for n := range strings.SplitSeq(v, ",") {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		if !hostName.MatchString(n) {
			return fmt.Errorf("%q is not a host name", n)
		}
		*to = append(*to, strings.ToLower(n))
	}
	return nil
}

// minLimit is room for a few clips; less would delete what was just recorded.
const minLimit = 64 << 20

func bytes(to *int64, v string) error {
	units := map[byte]int64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}
	number, unit := strings.ToUpper(strings.TrimSpace(v)), int64(1)
	if number == "" {
		return errors.New("expected a size such as 500G")
	}
	if u, ok := units[number[len(number)-1]]; ok {
		number, unit = number[:len(number)-1], u
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return fmt.Errorf("%q is not a size such as 500G", v)
	}
	if n *= unit; n != 0 && n < minLimit {
		return fmt.Errorf("%q is less than 64M, too small to keep a recording", v)
	}
	*to = n
	return nil
}

// maxDays is far beyond any recording, and far below what overflows.
const maxDays = 3660

func days(to *time.Duration, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxDays {
		return fmt.Errorf("%q is not a number of days from 1 to %d", v, maxDays)
	}
	*to = time.Duration(n) * 24 * time.Hour
	return nil
}

// maxSpan bounds a setting that is a span of time.
const maxSpan = 24 * time.Hour

func span(to *time.Duration, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > maxSpan {
		return fmt.Errorf("%q is not a span of time up to a day, such as 90s or 5m", v)
	}
	*to = d
	return nil
}

func oneOf(into *string, v string, values ...string) error {
	if !slices.Contains(values, v) {
		return fmt.Errorf("%q is none of %s", v, strings.Join(values, ", "))
	}
	*into = v
	return nil
}

func boolean(to *bool, v string) error {
	b, err := strconv.ParseBool(v)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", v)
	}
	*to = b
	return nil
}
