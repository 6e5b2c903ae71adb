package app

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"lares/cameras"
	"lares/cameras/fakecam"
	"lares/hub/account"
	"lares/hub/config"
	"lares/hub/gate"
)

const (
	// demoMotion lets each camera see motion so often that clips appear within
	// a minute, and so rarely that clips end in between.
	demoMotion = 40 * time.Second
	// demoAhead is how wrong the clock of the camera is that nobody has added.
	demoAhead = 3 * time.Hour
	// demoStagger keeps the four from moving together.
	demoStagger = 9 * time.Second
)

// demoHome is one of the two households that share the demo's hub.
type demoHome struct {
	name    string
	cameras []demoCamera
}

type demoCamera struct {
	name   string
	source fakecam.Source
	audio  bool
	fixed  bool // its picture is a film, which does not move when it is turned
}

func demoHomes() []demoHome {
	return []demoHome{
		{"upstairs", []demoCamera{
			{"Street", fakecam.BuiltinClip{}, false, true},
			{"Hallway", fakecam.TestCard{Color: color.RGBA{0x2F, 0x5D, 0x8A, 0xFF}}, true, false},
		}},
		{"downstairs", []demoCamera{
			{"Garden", fakecam.TestCard{Color: color.RGBA{0x3E, 0x7A, 0x4B, 0xFF}}, false, false},
			{"Workshop", fakecam.TestCard{Color: color.RGBA{0x8A, 0x4B, 0x2F, 0xFF}}, true, false},
		}},
	}
}

// demo runs a hub with two accounts, four fake cameras and one that waits to be
// found, in a temporary folder, over plain HTTP on loopback: browsers keep the
// sign-in cookie there.
func demo(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("lares demo", flag.ContinueOnError)
	flags.SetOutput(stdout)
	addr := flags.String("http", "localhost:8080", "loopback address of the demo")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := loopback(*addr); err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "lares-demo-")
	if err != nil {
		return fmt.Errorf("app: a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()

	cfg := config.Config{Data: data, Media: filepath.Join(data, "media"), HTTP: *addr, Discover: config.DiscoverHere, Detectors: true}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	h, err := open(ctx, cfg, build, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	ln, err := listen(*addr, "--http")
	if err != nil {
		return err
	}
	server, err := h.api(apiOptions{demo: true})
	if err != nil {
		return err
	}
	parts := append(h.parts(), part{"web", func(ctx context.Context) error { return server.Serve(ctx, ln) }})
	parts = append(parts, part{"demo", func(ctx context.Context) error {
		return h.furnish(ctx, "http://"+*addr, stdout)
	}})
	return runParts(ctx, parts)
}

// furnish makes the accounts and cameras, says how to sign in, and runs the
// cameras until the context ends.
func (h *house) furnish(ctx context.Context, url string, stdout io.Writer) error {
	fmt.Fprintf(stdout, "\n  Lares is ready:  %s\n\n", url)
	started := 0
	for i, home := range demoHomes() {
		password := rand.Text()[:12]
		caller, err := h.resident(ctx, i == 0, home.name, password)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "  sign in as  %-11s password  %s   (", home.name, password)
		for j, c := range home.cameras {
			secret := rand.Text()[:12]
			var without []string
			if c.fixed {
				without = []string{fakecam.ServicePTZ}
			}
			cam, err := fakecam.Start(ctx, fakecam.Options{
				Without: without,
				Name:    c.name, Source: c.source, Audio: c.audio, Maker: "lares", Username: "viewer", Password: secret,
				MotionEvery: demoMotion + time.Duration(started)*demoStagger,
			})
			if err != nil {
				return err
			}
			defer cam.Close()
			started++
			if _, err := h.gate.AddCamera(ctx, caller, gate.NewCamera{Name: c.name, Access: cameras.Access{
				Main: cam.MainURL(), Sub: cam.SubURL(), ONVIF: cam.ONVIFURL(), Username: "viewer", Password: secret,
			}}); err != nil {
				return fmt.Errorf("app: adding the demo's camera %s: %w", c.name, err)
			}
			if j > 0 {
				fmt.Fprint(stdout, ", ")
			}
			fmt.Fprint(stdout, c.name)
		}
		fmt.Fprintln(stdout, ")")
	}
	spare := rand.Text()[:12]
	garage, err := fakecam.Start(ctx, fakecam.Options{
		Name: "Garage", Source: fakecam.TestCard{Color: color.RGBA{0x6B, 0x5B, 0x95, 0xFF}}, Maker: "lares", Username: "viewer", Password: spare,
		Ahead: demoAhead,
	})
	if err != nil {
		return err
	}
	defer garage.Close()
	fmt.Fprintf(stdout, "\n  One more camera, Garage, waits to be found and added: user viewer, password %s\n", spare)
	fmt.Fprint(stdout, "\n  Use a private window for the second account: a browser profile holds one.\n  The first clips appear within a minute. Ctrl-C ends everything and removes it.\n\n")
	<-ctx.Done()
	return nil
}

// resident makes an account, the first by claiming the hub, and signs it in.
func (h *house) resident(ctx context.Context, first bool, name, password string) (account.Caller, error) {
	if first {
		code, err := h.accounts.ClaimCode(ctx)
		if err != nil {
			return account.Caller{}, err
		}
		in, err := h.accounts.Claim(ctx, account.Visit{Source: "demo"}, code, name, password)
		return in.Caller, err
	}
	if _, err := h.accounts.Create(ctx, name, password); err != nil {
		return account.Caller{}, err
	}
	in, err := h.accounts.SignIn(ctx, account.Visit{Source: "demo"}, name, password)
	return in.Caller, err
}

// loopback refuses addresses that others on the network could reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not an address such as localhost:8080", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the demo speaks plain HTTP and stays on this machine: %q is not a loopback address (lares serve is for the network)", addr)
	}
	return nil
}
