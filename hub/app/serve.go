package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"lares/cameras/clock"
	"lares/hub/announce"
	"lares/hub/ca"
	"lares/hub/config"
)

// gcPercent lets the heap grow by a quarter before it is swept. What the hub
// holds are the last seconds of each camera, in a few thousand buffers without
// pointers: marking them costs little, and half as much again in garbage would
// be memory that a small board does not have.
const gcPercent = 25

// pageGrace is how long the certificate page may finish answers at the end.
const pageGrace = time.Second

// serve runs a real hub until the context ends.
func serve(ctx context.Context, build Build, args []string, stdout, stderr io.Writer) error {
	cfg, err := config.Parse(args, os.Getenv, stdout)
	if err != nil {
		return err
	}
	debug.SetGCPercent(gcPercent)
	log := slog.New(slog.NewTextHandler(stderr, nil))
	for {
		err := serveOnce(ctx, cfg, build, log, stdout)
		if !errors.Is(err, errAgain) {
			return err
		}
		log.Warn("the hub starts anew", "why", err)
	}
}

func serveOnce(ctx context.Context, cfg config.Config, build Build, log *slog.Logger, stdout io.Writer) (err error) {
	h, err := open(ctx, cfg, build, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	authority, err := ca.Open(cfg.Data, clock.System{})
	if err != nil {
		return err
	}
	certificates, refused := authority.Certificates(cfg.Names)
	for _, name := range refused {
		log.Warn("the hub's authority signs names of home networks only: browsers will warn at this name", "name", name)
	}
	secure, err := listen(cfg.HTTPS, "--https")
	if err != nil {
		return err
	}
	plain, err := listen(cfg.HTTP, "--http")
	if err != nil {
		return errors.Join(err, secure.Close())
	}
	server, err := h.api(apiOptions{fingerprint: authority.Fingerprint(), names: certificates.Names(), tls: certificates.TLS()})
	if err != nil {
		return err
	}
	page, err := authority.Page(secure.Addr().String())
	if err != nil {
		return err
	}
	parts := append(h.parts(),
		part{"certificate page", func(ctx context.Context) error { return servePage(ctx, page.Server(), plain) }},
		part{"https", func(ctx context.Context) error { return server.Serve(ctx, secure) }},
	)
	if cfg.Announce {
		a := &announce.Announcer{Host: "lares", Instance: "Lares " + h.vault.Hub().String()[:6], Port: port(secure), Log: log}
		parts = append(parts, part{"announce", a.Run})
	}
	if err := h.welcome(ctx, stdout, authority.Fingerprint(), secure); err != nil {
		return err
	}
	return runParts(ctx, parts)
}

// welcome says where the hub is and, while nobody owns it, how to claim it.
func (h *house) welcome(ctx context.Context, stdout io.Writer, fingerprint string, secure net.Listener) error {
	fmt.Fprintf(stdout, "Lares is at https://lares.local:%d\nFingerprint of its certificate: %s\n", port(secure), fingerprint)
	claimed, err := h.accounts.Claimed(ctx)
	if err != nil || claimed {
		return err
	}
	code, err := h.accounts.ClaimCode(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Nobody owns this hub yet. Claim code, good for 30 minutes: %s\n", code)
	return nil
}

func servePage(ctx context.Context, s *http.Server, ln net.Listener) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageGrace)
		defer cancel()
		err := s.Shutdown(grace)
		if err != nil {
			err = s.Close()
		}
		stopped <- err
	})
	if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

func port(ln net.Listener) int { return ln.Addr().(*net.TCPAddr).Port }

// apiOptions are the differences between a real hub and the demo.
type apiOptions struct {
	demo        bool
	fingerprint string
	names       []string
	tls         *tls.Config // nil: plain HTTP
}
