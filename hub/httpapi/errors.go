package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/live"
	"lares/recorder"
)

// problemOf is the one place where an error becomes a status. What it does not
// know is 500 and tells nothing.
func problemOf(err error) *problem {
	var p *problem
	var throttled account.ErrThrottled
	var fe *fiber.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, gate.ErrNotFound), errors.Is(err, gate.ErrCrossed), errors.Is(err, seal.ErrCrossed), errors.Is(err, recorder.ErrNoClip),
		errors.Is(err, account.ErrNotFound):
		return notFound()
	case errors.Is(err, gate.ErrUnavailable), errors.Is(err, account.ErrUnavailable), errors.Is(err, live.ErrClosing):
		return unavailable()
	case errors.Is(err, gate.ErrRolledBack):
		return &problem{
			status: http.StatusServiceUnavailable, kind: "rolled-back",
			detail: "The hub's database is older than its recordings. They open again when the operator has confirmed it.",
		}
	case errors.Is(err, gate.ErrMisdirected):
		return misdirected()
	case errors.Is(err, gate.ErrTooMany):
		return &problem{status: http.StatusConflict, kind: "too-many", detail: "There are as many of these as there may be. End one first."}
	case errors.Is(err, gate.ErrLockdown):
		return &problem{status: http.StatusForbidden, kind: "lockdown", detail: "A lockdown closes this until it is lifted."}
	case errors.Is(err, account.ErrLockdown):
		return &problem{
			status: http.StatusForbidden, kind: "lockdown",
			detail: "The hub is locked down. Until somebody who runs it lifts the lockdown, nobody else can sign in.",
		}
	case errors.Is(err, gate.ErrInput):
		return badField("", "These values cannot be used.")
	case errors.Is(err, gate.ErrKnownDevice):
		return &problem{status: http.StatusConflict, kind: "known-device", detail: "This device is a camera of this hub already."}
	case errors.Is(err, gate.ErrOffered):
		return &problem{status: http.StatusConflict, kind: "offered", detail: "This camera is offered already. Withdraw that offer first."}
	case errors.Is(err, gate.ErrUnconfirmed):
		return &problem{
			status: http.StatusConflict, kind: "unconfirmed",
			detail: "This account has new keys since you shared the camera. Confirm them, or end the sharing, first.",
		}
	case errors.Is(err, gate.ErrStarred):
		return &problem{status: http.StatusConflict, kind: "starred", detail: "The event is starred. Take the star away first."}
	case errors.Is(err, gate.ErrRecording):
		return &problem{status: http.StatusConflict, kind: "recording", detail: "The event is still being recorded."}
	case errors.Is(err, journal.ErrChecking):
		return &problem{status: http.StatusTooManyRequests, kind: "checking", detail: "Another check is under way. Try again in a moment.", retryAfter: time.Second}
	case errors.Is(err, journal.ErrTooLong):
		return &problem{
			status: http.StatusServiceUnavailable, kind: "too-long", retryAfter: time.Minute,
			detail: "The journal is too long to be checked here. Who runs the hub can do it with lares incident.",
		}
	case errors.As(err, &throttled):
		return &problem{
			status: http.StatusTooManyRequests, kind: "throttled", retryAfter: throttled.RetryAfter,
			detail: "Too many wrong tries. Wait a little.",
		}
	case errors.Is(err, live.ErrTooMany):
		return &problem{status: http.StatusTooManyRequests, kind: "too-many", detail: "Too many pages are watching.", retryAfter: time.Second}
	case errors.As(err, &fe):
		return ofLibrary(fe)
	}
	if p, ok := ofAccount(err); ok {
		return p
	}
	return &problem{status: http.StatusInternalServerError, kind: "internal", detail: "Something went wrong in the hub."}
}

func ofAccount(err error) (*problem, bool) {
	switch {
	case errors.Is(err, account.ErrCredentials):
		return &problem{status: http.StatusUnauthorized, kind: "credentials", detail: "Wrong name or password."}, true
	case errors.Is(err, account.ErrClaimCode):
		return &problem{status: http.StatusUnauthorized, kind: "claim-code", detail: "The code is wrong, used or expired.", field: "code"}, true
	case errors.Is(err, account.ErrClaimed):
		return &problem{status: http.StatusConflict, kind: "claimed", detail: "This hub is claimed already. Sign in instead."}, true
	case errors.Is(err, account.ErrInvitation):
		return badInvitation("There is no such invitation. Ask for a new one."), true
	case errors.Is(err, account.ErrInvitationUsed):
		return badInvitation("This invitation was used already. Sign in, or ask for a new one."), true
	case errors.Is(err, account.ErrInvitationExpired):
		return badInvitation("This invitation has expired. Ask for a new one."), true
	case errors.Is(err, account.ErrLastOperator):
		return &problem{status: http.StatusConflict, kind: "last-operator", detail: "Somebody has to run this hub. Make another account an operator first."}, true
	case errors.Is(err, gate.ErrOwnsCameras):
		return &problem{status: http.StatusConflict, kind: "cameras", detail: "This account owns cameras. Choose what becomes of them.", field: "cameras"}, true
	case errors.Is(err, account.ErrSecondFactor):
		return &problem{status: http.StatusUnauthorized, kind: "second-factor", detail: "Type the code of your authenticator app.", field: "totp"}, true
	case errors.Is(err, account.ErrSecondFactorWrong):
		return &problem{
			status: http.StatusUnauthorized, kind: "second-factor", field: "totp",
			detail: "This code is wrong or was used. Wait for the next one, and look whether the clocks agree.",
		}, true
	case errors.Is(err, account.ErrSecondFactorOn):
		return &problem{status: http.StatusConflict, kind: "second-factor-on", detail: "There is a second factor already. Switch it off first."}, true
	case errors.Is(err, account.ErrRecoveryCode):
		return &problem{
			status: http.StatusUnauthorized, kind: "recovery-code", field: "code",
			detail: "Name or code is wrong, or the code was used. After ten wrong codes this way stays closed until that person signs in, or the console of the hub opens it.",
		}, true
	case errors.Is(err, account.ErrRecoveryPart):
		return &problem{status: http.StatusUnprocessableEntity, kind: "recovery-part", detail: "This is not the last group of the new code.", field: "part"}, true
	case errors.Is(err, account.ErrNoRecovery):
		return &problem{status: http.StatusConflict, kind: "no-recovery-code", detail: "No new code waits to be confirmed. Make another one."}, true
	case errors.Is(err, account.ErrPassword):
		return &problem{
			status: http.StatusUnprocessableEntity, kind: "password", field: "password",
			detail: "Choose a longer or less common password: at least 10 characters.",
		}, true
	case errors.Is(err, account.ErrName):
		return &problem{
			status: http.StatusUnprocessableEntity, kind: "name", field: "name",
			detail: "Choose another name: 1 to 64 printable characters.",
		}, true
	}
	return nil, false
}

func badInvitation(detail string) *problem {
	return &problem{status: http.StatusUnauthorized, kind: "invitation", detail: detail, field: "code"}
}

// ofLibrary keeps the status of what fiber or fasthttp refused, never its text.
func ofLibrary(err *fiber.Error) *problem {
	p := &problem{status: err.Code, kind: "bad-request"}
	switch err.Code {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return notFound()
	case http.StatusRequestEntityTooLarge:
		p.detail, p.close = "The body is too large.", true
	case http.StatusRequestHeaderFieldsTooLarge:
		p.detail, p.close = "The headers are too large.", true
	case http.StatusRequestTimeout:
		p.detail, p.close = "The request did not arrive in time.", true
	case http.StatusUpgradeRequired:
		p.detail = "This address is a WebSocket."
	default:
		p.status, p.detail, p.close = http.StatusBadRequest, "This is not a well-formed request.", true
	}
	return p
}

// answerError is fiber's error handler; the HTTP parser's errors come here too.
func (s *Server) answerError(c *fiber.Ctx, err error) error {
	p := problemOf(err)
	if p.status >= http.StatusInternalServerError {
		// The path stays out of the log: it holds the scope.
		s.cfg.Log.Warn("request failed", "status", p.status, "err", err)
	}
	c.Response().Reset() // what a handler prepared must not tell two 404s apart
	setSecurityHeaders(c)
	c.Set(fiber.HeaderContentType, "application/problem+json")
	if p.retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(int64((p.retryAfter+time.Second-1)/time.Second), 10))
	}
	if p.status == http.StatusRequestedRangeNotSatisfiable {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(p.size, 10))
	}
	if p.close {
		c.Context().SetConnectionClose()
	}
	return c.Status(p.status).Send(p.body())
}
