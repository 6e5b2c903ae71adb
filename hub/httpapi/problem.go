package httpapi

import (
	"encoding/json"
	"net/http"
	"time"
)

// problem is an answer of RFC 9457 and, inside the package, the error that asks
// for it. Its detail is written for the person at the other end and never holds
// what an inner error said.
type problem struct {
	status     int
	kind       string // urn:lares:problem:<kind>; "" is about:blank
	detail     string
	field      string
	retryAfter time.Duration
	close      bool  // the connection ends with the answer
	size       int64 // of what a range was asked of; 416 only
}

// Error makes a problem an error.
func (p *problem) Error() string { return "httpapi: " + http.StatusText(p.status) + ": " + p.detail }

func (p *problem) body() []byte {
	typ := "about:blank"
	if p.kind != "" {
		typ = "urn:lares:problem:" + p.kind
	}
	b, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
		Field  string `json:"field,omitempty"`
	}{typ, http.StatusText(p.status), p.status, p.detail, p.field})
	if err != nil {
		panic("httpapi: " + err.Error()) // texts and one number always encode
	}
	return b
}

// notFound is the one answer for an unknown path, a wrong scope, a missing
// cookie, a foreign id and an absent one. It has no detail to differ in.
func notFound() *problem { return &problem{status: http.StatusNotFound, kind: "not-found"} }

func badField(field, detail string) *problem {
	return &problem{status: http.StatusBadRequest, kind: "bad-input", detail: detail, field: field}
}

func forbiddenOrigin() *problem {
	return &problem{
		status: http.StatusForbidden, kind: "foreign-origin",
		detail: "Only pages of this hub may change something.",
	}
}

// misdirected asks the client to come back on a connection of its own (RFC 9110
// §15.5.20).
func misdirected() *problem {
	return &problem{
		status: http.StatusMisdirectedRequest, kind: "misdirected", close: true,
		detail: "This connection belongs to somebody else, or to another host name. Try again.",
	}
}

func unavailable() *problem {
	return &problem{
		status: http.StatusServiceUnavailable, kind: "unavailable",
		detail: "The hub cannot check this right now. Try again in a moment.", retryAfter: time.Second,
	}
}

func keysAway() *problem {
	return &problem{
		status: http.StatusServiceUnavailable, kind: "keys-away", retryAfter: 10 * time.Second,
		detail: "The disk that holds the keys is not there, or can only be read. Until it is back no password changes, nothing is shared and no camera added; what was taken from somebody is taken all the same.",
	}
}

func signedOut() *problem {
	return &problem{status: http.StatusUnauthorized, kind: "signed-out", detail: "Nobody is signed in here."}
}

// crowded refuses what would leave one more row in the journal.
func crowded() *problem {
	return &problem{
		status: http.StatusTooManyRequests, kind: "journal-crowded", retryAfter: 2 * time.Second,
		detail: "This account does so much that the journal could not keep who saw what for as long as it has to. Do less of it.",
	}
}

func passwordAgain() *problem {
	return &problem{status: http.StatusForbidden, kind: "password-again", detail: "Give your password again for this."}
}
