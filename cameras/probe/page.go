package probe

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"lares/cameras/internal/digest"
	"lares/cameras/internal/wire"
)

const (
	// maxPage bounds a page of settings; real ones have a few hundred bytes.
	maxPage = 64 << 10
	// pageWithin bounds one, its sign-in included.
	pageWithin = 4 * time.Second
)

var (
	errPageRefused = errors.New("probe: the device refuses the password for its settings")
	errNoPage      = errors.New("probe: no such page")
)

// pages are those of a device's web server beside its ONVIF service. They are read by
// digest alone, and redirects lead nowhere.
type pages struct {
	ask  wire.Probe
	http *http.Client
}

func newPages(ask wire.Probe) pages {
	return pages{ask, &http.Client{
		Transport: &http.Transport{
			DialContext: dialling(ask.ONVIF.Dial, dialWithin),
			// Who the device is, the password that it took says.
			TLSClientConfig:        &tls.Config{InsecureSkipVerify: true},
			MaxResponseHeaderBytes: maxPage, MaxIdleConns: 1, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p pages) close() { p.http.CloseIdleConnections() }

// read reads a page: first without the password, to hear how it is asked for, then once
// with it. errPageRefused is the device's word for that.
func (p pages) read(ctx context.Context, page string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, pageWithin)
	defer cancel()
	at, err := pathOf(p.ask.ONVIF.URL, page)
	if err != nil {
		return nil, fmt.Errorf("probe: the address of a page: %w", err)
	}
	status, body, ways, err := p.get(ctx, at, nil)
	if err == nil && status == http.StatusUnauthorized && p.ask.Username != "" {
		best := digest.Best(ways)
		if best == nil {
			return nil, errPageRefused // it wants the password in the clear
		}
		status, body, _, err = p.get(ctx, at, best)
	}
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return nil, errPageRefused
	case status != http.StatusOK:
		return nil, errNoPage
	}
	return body, nil
}

func (p pages) get(ctx context.Context, at string, sign *digest.Challenge) (status int, body []byte, ways []string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("probe: the address of a page: %w", err)
	}
	if sign != nil {
		r.Header.Set("Authorization", sign.Answer(r, p.ask.Username, p.ask.Password, rand.Text()))
	}
	res, err := p.http.Do(r)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("probe: asking for a page: %w", err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(res.Body, maxPage+1)); err != nil {
		return 0, nil, nil, fmt.Errorf("probe: reading a page: %w", err)
	}
	if len(body) > maxPage {
		return 0, nil, nil, errNoPage
	}
	return res.StatusCode, body, res.Header.Values("WWW-Authenticate"), nil
}
