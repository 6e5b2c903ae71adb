package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"lares/cameras/internal/wire"
)

// Retry rules of DESIGN §3.
const (
	retryAtOnce  = 100 * time.Millisecond // after a try that took long
	retrySoon    = time.Second
	retrySoonFor = 2 * time.Minute
	retryLater   = 2 * time.Second // ± 20 %
	retryRarely  = time.Minute     // wrong password, incompatible, and a device that is another camera of the hub
)

// failure is why a connection did not come about or ended: a state's code and
// plain words for the owner. It never holds a URL with credentials.
type failure struct {
	code string
	text string
	wait time.Duration // until the next try makes sense; 0: by the rules
	// kept: the password was not sent, so the camera refused nothing.
	kept bool
}

func (f *failure) Error() string { return f.code + ": " + f.text }

// rare reports whether trying again soon makes no sense: somebody has to change
// something first.
func (f *failure) rare() bool {
	switch f.code {
	case wire.WrongPassword, wire.Incompatible:
		return true
	}
	return f.wait > 0
}

func failed(code, format string, args ...any) *failure {
	return &failure{code: code, text: fmt.Sprintf(format, args...)}
}

var (
	errNotRTSP  = errors.New("worker: the peer does not speak RTSP")
	errRedirect = errors.New("worker: redirected away from the configured address")
	errCircle   = errors.New("worker: redirected again and again")
	errStalled  = errors.New("worker: the connection took too long to open")
)

// shakeError is a TLS handshake that did not come as far as a certificate.
type shakeError struct{ error }

func (e *shakeError) Unwrap() error { return e.error }

// explain turns an error of dialling or of gortsplib into a failure; where is
// the address as the user knows it.
func explain(err error, where string, hadPassword bool) *failure {
	var f *failure
	var shake *shakeError
	var status liberrors.ErrClientBadStatusCode
	var auth liberrors.ErrClientAuthSetup
	var timedOut liberrors.ErrClientRequestTimedOut
	var silent liberrors.ErrClientTCPTimeout
	var sdp liberrors.ErrClientSDPInvalid
	var contentType liberrors.ErrClientContentTypeUnsupported
	var left liberrors.ErrClientUnhandledMethod
	var ports liberrors.ErrClientServerPortsNotProvided
	var wantsTCP liberrors.ErrClientServerRequestedTCP
	var wantsUDP liberrors.ErrClientServerRequestedUDP
	var taken *portError
	var noType liberrors.ErrClientContentTypeMissing
	if h, ok := held(err); ok {
		return h
	}
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, errNotRTSP):
		return failed(wire.Incompatible, "Something answers at %s, but it does not speak RTSP. Check the port.", where)
	case errors.Is(err, errRedirect):
		return failed(wire.Unreachable, "The camera sends us to another address. Lares only talks to %s. If it has moved, add it by its new address.", where)
	case errors.Is(err, errCircle):
		return failed(wire.Unreachable, "The camera at %s sends us in a circle, to its own address again and again. Check the path, or restart the camera.", where)
	case errors.Is(err, errStalled):
		return failed(wire.Unreachable, "Something accepts connections at %s but takes too long to begin a stream.", where)
	case errors.As(err, &shake):
		return notTLS(shake, where)
	case errors.As(err, &status):
		return badStatus(status.Code, where, hadPassword)
	case errors.As(err, &auth):
		return failed(wire.WrongPassword, "The camera at %s asks for a kind of sign-in that Lares does not know.", where)
	case errors.As(err, &sdp), errors.As(err, &contentType), errors.As(err, &noType):
		return failed(wire.Incompatible, "The camera at %s describes its stream in a way that makes no sense.", where)
	case errors.As(err, &taken):
		return failed(wire.Unreachable, "The hub has no free ports for UDP.")
	case errors.As(err, &left):
		return asked(left.Method, where)
	case errors.As(err, &ports):
		return failed(wire.Incompatible, "The camera at %s does not say from where it sends over UDP. Use TCP.", where)
	case errors.As(err, &wantsTCP):
		return failed(wire.Incompatible, "The camera at %s does not send over UDP. Use TCP.", where)
	case errors.As(err, &wantsUDP):
		return failed(wire.Incompatible, "The camera at %s does not send over TCP. Use UDP.", where)
	case errors.As(err, &silent):
		return failed(wire.Frozen, "The camera at %s is connected but sends nothing.", where)
	case errors.As(err, &timedOut):
		return failed(wire.Unreachable, "Something accepts connections at %s but does not answer.", where)
	}
	return unreachable(err, where)
}

func badStatus(code base.StatusCode, where string, hadPassword bool) *failure {
	switch {
	case (code == base.StatusUnauthorized || code == base.StatusForbidden) && !hadPassword:
		return failed(wire.WrongPassword, "The camera at %s asks for a user name and a password.", where)
	case code == base.StatusUnauthorized, code == base.StatusForbidden:
		return failed(wire.WrongPassword, "The camera at %s refused the user name or password.", where)
	case code == base.StatusNotFound:
		return failed(wire.Unreachable, "The camera at %s answers but has no stream at this path (404).", where)
	case code == base.StatusUnsupportedTransport:
		return failed(wire.Incompatible, "The camera at %s does not send this way (461). Try UDP instead of TCP, or the other way round.", where)
	}
	if code >= base.StatusMovedPermanently && code < base.StatusBadRequest && code != base.StatusNotModified {
		return failed(wire.Unreachable, "The camera at %s sends us to another address (%d), where Lares does not follow. If it has moved, add it by its new address.", where, code)
	}
	return failed(wire.Unreachable, "The camera at %s answers with error %d.", where, code)
}

// asked is the end of a connection by a request of the camera.
func asked(method base.Method, where string) *failure {
	switch method {
	case base.Teardown:
		return failed(wire.Unreachable, "The camera at %s ended the stream.", where)
	case "REDIRECT":
		return failed(wire.Unreachable, "The camera at %s sends us to another address, where Lares does not follow. If it has moved, add it by its new address.", where)
	}
	return failed(wire.Unreachable, "The camera at %s asked for something that Lares does not answer (%s). Lares connects again.", where, wire.Clean(string(method), 32))
}

// notTLS says why an rtsps:// address did not come to an encrypted connection.
func notTLS(err error, where string) *failure {
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain):
		return failed(wire.Incompatible, "Something answers at %s, but not with an encrypted connection (rtsps). Check the port, or use rtsp://.", where)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failed(wire.Unreachable, "Something accepts connections at %s but begins no encrypted connection (rtsps). Check the port, or use rtsp://.", where)
	}
	return failed(wire.Unreachable, "The camera at %s broke off the encrypted connection (rtsps) as it began. Check the port, or use rtsp://.", where)
}

// unreachable says why nothing is there.
func unreachable(err error, where string) *failure {
	var nerr net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(wire.Unreachable, "Nothing listens at %s: the connection was refused.", where)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return failed(wire.Unreachable, "There is no route to %s.", where)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failed(wire.Unreachable, "The camera at %s closed the connection.", where)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &nerr) && nerr.Timeout():
		return failed(wire.Unreachable, "Nothing answers at %s: the connection timed out.", where)
	}
	var network *net.OpError
	if errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, context.Canceled) {
		return failed(wire.Unreachable, "The connection to %s failed.", where)
	}
	return failed(wire.Unreachable, "The camera at %s answers in a way that makes no sense. Restart the camera if it goes on, and check the port.", where)
}
