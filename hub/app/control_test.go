package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
)

// TestControlTells: a command that may take long says how far it is before its
// answer, and ends when nobody listens any more.
func TestControlTells(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "control")
	left := make(chan error, 1)
	commands := map[string]command{
		"much": bare(func(context.Context) (string, error) { return "one\ntwo", nil }),
		"wrong": bare(func(context.Context) (string, error) {
			return "", errors.Join(errors.New("one"), errors.New("two"))
		}),
		"count": {long: true, do: func(_ context.Context, arg string, say func(string)) (string, error) {
			say("one")
			say("two")
			return "three of " + arg, nil
		}},
		"endless": {long: true, do: func(ctx context.Context, _ string, say func(string)) (string, error) {
			for ctx.Err() == nil {
				say("still")
			}
			left <- ctx.Err()
			return "", ctx.Err()
		}},
	}
	c, err := openControl(path, slog.New(slog.NewTextHandler(io.Discard, nil)), commands)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx) }()
	var said []string
	if text, err := followControl(t.Context(), path, "count all", func(s string) { said = append(said, s) }); err != nil || text != "three of all" || !slices.Equal(said, []string{"one", "two"}) {
		t.Errorf("%q %v, said %q", text, err, said)
	}
	if text, err := askControl(t.Context(), path, "count all"); err != nil || text != "three of all" {
		t.Errorf("not listening: %q %v", text, err)
	}
	if text, err := askControl(t.Context(), path, "much"); err != nil || text != "one two" {
		t.Errorf("of two lines: %q %v", text, err)
	}
	if text, err := askControl(t.Context(), path, "wrong"); err == nil || err.Error() != "one two" {
		t.Errorf("two errors: %q %v", text, err)
	}
	away, leave := context.WithCancel(t.Context())
	if _, err := followControl(away, path, "endless", func(string) { leave() }); !errors.Is(err, context.Canceled) {
		t.Errorf("gone away: %v", err)
	}
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("it went on: %v", err)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
