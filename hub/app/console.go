package app

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"lares/cameras/args"
	"lares/hub/config"
	"lares/hub/vault"
)

// console is what a command talks to: a person at a terminal, or a script. It
// asks on stderr, so that what a command prints can be kept.
type console struct {
	in    *os.File
	lines *bufio.Reader
	out   io.Writer // answers
	ask   io.Writer // questions
	yes   bool
	cfg   config.Config
	args  []string // what is no flag

	repairing bool // it does what a repair that was cut off did not
	confirms  bool // it made the database itself, and confirms that it may be old
}

var errDeclined = errors.New("nothing was done")

// hubFlags adds the flags of lares serve by which a command finds a hub's folders, and returns
// what reads its settings once they are parsed.
func hubFlags(flags *flag.FlagSet) (settings func() (config.Config, error)) {
	var given []string
	for _, f := range [...]struct{ name, help string }{
		{"data", "data `folder` of the hub (default: as for lares serve)"},
		{"media", "`folder` for recordings (default: as for lares serve)"},
		{"pool", "a further `NAME=FOLDER` for recordings, as for lares serve"},
		{"config", "`file` with the settings of lares serve"},
	} {
		flags.Func(f.name, f.help, func(v string) error {
			if v != "" {
				given = append(given, "--"+f.name, v)
			}
			return nil
		})
	}
	return func() (config.Config, error) { return config.Parse(given, os.Getenv, io.Discard) }
}

// openConsole reads the flags that every console command has, and more of its
// own; flags may stand before and behind the rest.
func openConsole(name string, words []string, stdout, stderr io.Writer, more func(*flag.FlagSet)) (*console, error) {
	c := &console{in: os.Stdin, lines: bufio.NewReader(os.Stdin), out: stdout, ask: stderr}
	flags := flag.NewFlagSet("lares "+name, flag.ContinueOnError)
	flags.SetOutput(stdout)
	settings := hubFlags(flags)
	flags.BoolVar(&c.yes, "yes", false, "do not ask: for scripts")
	if more != nil {
		more(flags)
	}
	var err error
	if c.args, err = args.Parse(flags, words); err != nil {
		return nil, err
	}
	c.cfg, err = settings()
	return c, err
}

// confirm asks for a yes.
func (c *console) confirm(question string) error {
	if c.yes {
		return nil
	}
	fmt.Fprintf(c.ask, "%s [y/N] ", question)
	switch strings.ToLower(c.line()) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

func (c *console) line() string {
	s, _ := c.lines.ReadString('\n') // the end of input is an empty answer
	return strings.TrimSpace(s)
}

// passphrase reads one out of a file, or asks for it: twice for a new one.
func (c *console) passphrase(file string, isNew bool) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("the passphrase: %w", err)
		}
		first, _, _ := strings.Cut(string(b), "\n")
		return checkPassphrase(strings.TrimSuffix(first, "\r"), isNew)
	}
	p := c.hidden("Passphrase: ")
	if isNew && p != c.hidden("The same again: ") {
		return "", errors.New("the two differ; nothing was done")
	}
	return checkPassphrase(p, isNew)
}

func checkPassphrase(p string, isNew bool) (string, error) {
	if n := len([]rune(p)); isNew && n < vault.MinPassphrase {
		return "", fmt.Errorf("a passphrase needs %d characters at least: whoever has the file can guess as often as they like", vault.MinPassphrase)
	}
	return p, nil
}

// hidden reads a line that is not shown where it is typed.
func (c *console) hidden(prompt string) string {
	fmt.Fprint(c.ask, prompt)
	fd := int(c.in.Fd())
	if old, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
		quiet := *old
		quiet.Lflag &^= unix.ECHO
		quiet.Lflag |= unix.ICANON | unix.ISIG
		if unix.IoctlSetTermios(fd, unix.TCSETS, &quiet) == nil {
			defer fmt.Fprintln(c.ask)
			defer unix.IoctlSetTermios(fd, unix.TCSETS, old)
		}
	}
	s, _ := c.lines.ReadString('\n')
	return strings.TrimRight(s, "\r\n")
}
