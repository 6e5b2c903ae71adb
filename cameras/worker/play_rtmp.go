package worker

import (
	"context"
	"net/url"
	"strings"

	"lares/cameras/internal/wire"
	"lares/cameras/rtmp"
)

// published is what a camera sends over RTMP.
type published struct {
	d     *direct
	mixed *mixed
}

func newRTMP(d *direct) source { return &published{d: d} }

// open implements source.
func (p *published) open(ctx context.Context) (picked, error) {
	conn, err := p.d.route.dial(ctx)
	if err != nil {
		return picked{}, err
	}
	if f := p.d.unasked(false); f != nil { // the password is in what is asked for
		return picked{}, f
	}
	c, err := rtmp.Play(conn, rtmpAddress(p.d.route.to.url, p.d.w.start.Username, p.d.w.start.Password))
	if err != nil {
		return picked{}, err
	}
	p.mixed = &mixed{feed: &tags{read: c.Next}}
	return p.mixed.begin(p.d.stream)
}

// play implements source.
func (p *published) play(ctx context.Context, to *ingest) error { return p.mixed.play(ctx, to) }

// rtmpAddress takes an address apart: the last part of the path is the stream.
// RTMP has no sign-in of its own; cameras that want one read it from the query,
// as Reolink's do.
func rtmpAddress(u *url.URL, username, password string) rtmp.Address {
	path := strings.Trim(u.EscapedPath(), "/")
	app, stream := path, ""
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		app, stream = path[:i], path[i+1:]
	}
	query := filled(u, username, password).RawQuery
	if query == u.RawQuery && (username != "" || password != "") {
		if query != "" {
			query += "&"
		}
		query += "user=" + url.QueryEscape(username) + "&password=" + url.QueryEscape(password)
	}
	if query != "" {
		stream += "?" + query
	}
	return rtmp.Address{App: app, URL: "rtmp://" + u.Host + "/" + app, Stream: stream}
}

// filled puts user name and password where an address says that the camera
// reads them from its query: the hub keeps them apart from the address.
func filled(u *url.URL, username, password string) *url.URL {
	c := *u
	c.RawQuery = strings.NewReplacer(wire.QueryUsername, url.QueryEscape(username), wire.QueryPassword, url.QueryEscape(password)).Replace(u.RawQuery)
	return &c
}
