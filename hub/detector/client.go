package detector

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"time"
)

const (
	// dialWithin bounds a connection: a detector is a step away.
	dialWithin = 2 * time.Second
	// askWithin bounds a question from its connection to the last byte of the answer:
	// without a graphics card a picture takes seconds.
	askWithin = 10 * time.Second
	// maxHeader bounds the headers of an answer, in bytes.
	maxHeader = 16 << 10
)

// ask shows a picture to the detector at an address and returns what it answers, or a
// Fault. Nothing is kept of the connection, and no proxy or redirect is followed.
func (s Settings) ask(ctx context.Context, here bool, jpeg []byte) ([]prediction, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	u, err := url.Parse(s.Address)
	if err != nil {
		return nil, FaultNowhere
	}
	ip, err := locate(ctx, u.Hostname(), here)
	if err != nil {
		return nil, err
	}
	body, kind, err := s.question(jpeg)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address+path, bytes.NewReader(body))
	if err != nil {
		return nil, FaultNowhere
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "Lares")
	client := client(ip, u.Port())
	answer, err := client.Do(r)
	if err != nil {
		return nil, faultOf(err)
	}
	defer answer.Body.Close()
	switch code := answer.StatusCode; {
	case code >= 300 && code < 400:
		return nil, FaultElsewhere
	case code != http.StatusOK:
		return nil, FaultStatus
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, faultOf(err)
	}
	return parseAnswer(b)
}

// client speaks to one address alone, once.
func client(ip netip.Addr, port string) *http.Client {
	dialer := &net.Dialer{Timeout: dialWithin}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), port))
			},
			DisableKeepAlives: true, DisableCompression: true,
			TLSHandshakeTimeout: dialWithin, MaxResponseHeaderBytes: maxHeader,
		},
	}
}

// question is the body of a request, and its type.
func (s Settings) question(jpeg []byte) (body []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("image", "picture.jpg")
	if err == nil {
		_, err = part.Write(jpeg)
	}
	if err == nil {
		err = w.WriteField("min_confidence", strconv.FormatFloat(s.confidence(), 'f', 2, 64))
	}
	err = errors.Join(err, w.Close())
	return b.Bytes(), w.FormDataContentType(), err
}

// faultOf is what became of a question that brought no answer.
func faultOf(err error) Fault {
	var untrusted *tls.CertificateVerificationError
	var broken *net.OpError
	switch {
	case errors.As(err, &untrusted):
		return FaultCertificate
	case errors.As(err, &broken), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), os.IsTimeout(err):
		return FaultSilent
	}
	return FaultAnswer // not HTTP, or an end before it
}
