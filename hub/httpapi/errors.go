package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
	var off gate.OffAir
	var stars gate.StarsFull
	var fe *fiber.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &throttled):
		return &problem{
			status: http.StatusTooManyRequests, kind: "throttled", retryAfter: throttled.RetryAfter,
			detail: "Too many wrong tries. Wait a little.",
		}
	case errors.As(err, &off):
		return conflict("private", fmt.Sprintf("This device is your camera “%s”, which is off the air: the hub does not connect to it. Put it on the air, then look at it again.", off.Name))
	case errors.As(err, &stars):
		return starsFull(stars)
	case errors.As(err, &fe):
		return ofLibrary(fe)
	}
	for _, known := range slices.Concat(ofMedia(), ofControl(), ofPeople()) {
		if errors.Is(err, known.err) {
			return known.problem
		}
	}
	return &problem{status: http.StatusInternalServerError, kind: "internal", detail: "Something went wrong in the hub."}
}

// starsFull says to whom a camera belongs how much is starred and may be.
func starsFull(s gate.StarsFull) *problem {
	if !s.Own {
		return conflict("stars-full", "The starred events of this camera's owner take all the room that they may. Somebody has to take stars away before another event is starred.")
	}
	if s.Starred == 0 {
		return conflict("stars-full", fmt.Sprintf("This event takes %s. Starred events are never deleted, so all of yours together may take %s of the room that is yours on this hub. Download it instead, or ask who runs the hub for more room.", size(s.Event), size(s.May)))
	}
	return conflict("stars-full", fmt.Sprintf("Starred events are never deleted, so all of yours together may take %s of the room that is yours on this hub. They take %s, and this one takes %s. Take stars away first, of events that you downloaded or need no more.", size(s.May), size(s.Starred), size(s.Event)))
}

// size is a number of bytes as pages say it: in decimal units, as disks are sold.
func size(n int64) string {
	value, unit := float64(n), 0
	units := [...]string{"B", "kB", "MB", "GB", "TB", "PB"}
	for ; value >= 999.5 && unit < len(units)-1; unit++ {
		value /= 1000
	}
	digits := 0
	if value < 10 && unit > 0 {
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + "\u00a0" + units[unit]
}

// outcome is an error that always becomes the same problem.
type outcome struct {
	err error
	*problem
}

// ofMedia are the problems of cameras and of what they recorded.
func ofMedia() []outcome {
	return []outcome{
		{gate.ErrNotFound, notFound()},
		{gate.ErrCrossed, notFound()},
		{seal.ErrCrossed, notFound()},
		{recorder.ErrNoClip, notFound()},
		{recorder.ErrAway, &problem{
			status: http.StatusServiceUnavailable, kind: "disk-away", retryAfter: 10 * time.Second,
			detail: "This recording is on a disk that is not there at the moment.",
		}},
		{gate.ErrKeysAway, keysAway()},
		{gate.ErrUnnoted, &problem{
			status: http.StatusServiceUnavailable, kind: "unnoted", retryAfter: time.Second,
			detail: "The hub's database takes nothing at the moment, so nobody would learn who watched. Nothing is shown until it does again.",
		}},
		{gate.ErrUnavailable, unavailable()},
		{context.DeadlineExceeded, unavailable()}, // of the answer itself, see workTimeout
		{live.ErrClosing, unavailable()},
		{errManyGone, &problem{
			status: http.StatusServiceUnavailable, kind: "too-long", retryAfter: time.Minute,
			detail: "Very many recordings in a row are listed here and do not open, so the search for the next one was given up. Choose another time.",
		}},
		{gate.ErrRolledBack, &problem{
			status: http.StatusServiceUnavailable, kind: "rolled-back",
			detail: "The hub's database is older than its recordings. They open again when the operator has confirmed it.",
		}},
		{gate.ErrMisdirected, misdirected()},
		{gate.ErrTooMany, conflict("too-many", "There are as many of these as there may be. End one first.")},
		{gate.ErrLockdown, &problem{status: http.StatusForbidden, kind: "lockdown", detail: "A lockdown closes this until it is lifted."}},
		{gate.ErrNoLift, conflict("no-lift", "First make a recovery code on your account page and confirm it, or switch on a second factor. Without either nobody could lift the lockdown once this browser is signed out.")},
		{gate.ErrInput, badField("", "These values cannot be used.")},
		{gate.ErrCamerasFull, unprocessable("cameras-full", "", "You have as many cameras as an account may have, 64. Delete one, or give one away, before you add another.")},
		{gate.ErrHubFull, unprocessable("hub-full", "", "This hub has as many cameras as it may have, 256, of all accounts together. One has to be deleted before another is added.")},
		{gate.ErrKnownDevice, conflict("known-device", "This device is a camera of this hub already, or nothing tells it from one. If it is another device, as behind one address of a router, both need ONVIF that tells serial numbers, not the same one for both, or an encrypted address, which shows the keys.")},
		{gate.ErrSharedPassword, conflict("shared-password", "A camera of somebody else on this hub has the same user name and password, and nothing would tell one of the two from the other if they changed addresses. Give this one a password of its own. Its owner is told that it happened.")},
		{gate.ErrGuesses, &problem{
			status: http.StatusTooManyRequests, kind: "guesses", field: "password", retryAfter: 10 * time.Minute,
			detail: "Very many passwords of cameras were entered from this account. Wait ten minutes before the next one.",
		}},
		{gate.ErrDetectorTries, &problem{
			status: http.StatusTooManyRequests, kind: "detector-tries", field: "address", retryAfter: 10 * time.Minute,
			detail: "Very many addresses were tried from this account. Wait ten minutes before the next one.",
		}},
		{gate.ErrPasswordAgain, badField("password", "The camera's password was given for the addresses it had. For new ones, type it again.")},
		{gate.ErrPasswordRefused, &problem{
			status: http.StatusUnprocessableEntity, kind: "password-refused", field: "password",
			detail: "The camera refuses this user name and password. Nothing was saved.",
		}},
		{gate.ErrNoAnswer, &problem{
			status: http.StatusUnprocessableEntity, kind: "no-answer", field: "main",
			detail: "No camera answers at this address. Nothing was saved.",
		}},
		{gate.ErrSerialLost, badField("onvif", "The hub recognises this camera by its serial number, which it tells over ONVIF. Keep an ONVIF address.")},
		{gate.ErrSubElsewhere, badField("sub", "This address is of another device than the main stream. A camera's streams have one host.")},
		{gate.ErrONVIFElsewhere, badField("onvif", "This address is of another device than the main stream. A camera's streams and its ONVIF have one host.")},
		{gate.ErrLookAgain, badField("main", "This address may be of another camera of the recorder, and nothing tells which one. Look at the device again, as for a new camera, and save this after that.")},
		{gate.ErrSubLookAgain, badField("sub", "This address may be of another camera of the recorder than the main stream, and nothing tells which one. Look at the device again, as for a new camera, and save this after that.")},
		{gate.ErrKeyLost, badField("main", "The hub recognises this camera by the key of its encrypted connection. Keep an address that begins with rtsps:// or https://.")},
		{gate.ErrHere, badField("address", "This is an address of the hub itself, and a camera has another one. Where cameras run on the hub's own machine, whoever runs it starts it with --discover all.")},
		{gate.ErrOffered, conflict("offered", "This camera is offered already. Withdraw that offer first.")},
		{gate.ErrUnconfirmed, conflict("unconfirmed", "This account has new keys since you shared the camera. Confirm them, or end the sharing, first.")},
		{gate.ErrNoDetectors, conflict("no-detectors", "Who runs this hub lets no camera have a detector.")},
		{gate.ErrPrivate, conflict("private", "The camera is off the air.")},
		{gate.ErrStarred, conflict("starred", "The event is starred. Take the star away first.")},
		{gate.ErrRecording, conflict("recording", "The event is still being recorded.")},
		{gate.ErrNothing, conflict("nothing-recorded", "Nothing was recorded in this time.")},
		{gate.ErrNoKey, conflict("no-key", "Some of this time was recorded under keys that you do not have, or have no more. Choose another time, or ask the camera's owner to share it with you again, with what was recorded before.")},
		{gate.ErrMixed, conflict("mixed", "In this time the camera changed its pictures too often for one film. Choose a shorter time.")},
		{recorder.ErrNoEnd, conflict("damaged", "A clip of the event was cut short and is not as it was written. Download its clips one by one.")},
		{live.ErrTooMany, &problem{status: http.StatusTooManyRequests, kind: "too-many", detail: "Too many pages are watching.", retryAfter: time.Second}},
		{gate.ErrScanning, &problem{
			status: http.StatusTooManyRequests, kind: "scanning", retryAfter: 10 * time.Second,
			detail: "A scan is under way. Try again in a moment.",
		}},
		{gate.ErrProbing, &problem{
			status: http.StatusTooManyRequests, kind: "probing", retryAfter: 5 * time.Second,
			detail: "The hub looks at other devices now. Try again in a moment.",
		}},
		{gate.ErrLockedOut, &problem{
			status: http.StatusTooManyRequests, kind: "locked-out", retryAfter: time.Minute,
			detail: "This device refused too many passwords. Before it locks everybody out, wait ten minutes, and look up the password in the camera's own page.",
		}},
		{journal.ErrChecking, &problem{
			status: http.StatusTooManyRequests, kind: "checking", retryAfter: time.Second,
			detail: "Another check is under way. Try again in a moment.",
		}},
		{journal.ErrBefore, badField("before", "This is not the next of a page of this journal. Begin with the newest page.")},
		{journal.ErrTooLong, &problem{
			status: http.StatusServiceUnavailable, kind: "too-long", retryAfter: time.Minute,
			detail: "The journal is too long to be checked here. Who runs the hub can do it with lares incident.",
		}},
	}
}

// ofPeople are the problems of accounts and of those who come in.
func ofPeople() []outcome {
	return []outcome{
		{account.ErrNotFound, notFound()},
		{account.ErrUnavailable, unavailable()},
		{account.ErrKeysAway, keysAway()},
		{account.ErrLockdown, &problem{
			status: http.StatusForbidden, kind: "lockdown",
			detail: "The hub is locked down. Until somebody who runs it lifts the lockdown, nobody else can sign in.",
		}},
		{account.ErrCredentials, unauthorized("credentials", "", "Wrong name or password.")},
		{account.ErrClaimCode, unauthorized("claim-code", "code", "The code is wrong, used or expired.")},
		{account.ErrClaimed, conflict("claimed", "This hub is claimed already. Sign in instead.")},
		{account.ErrInvitation, unauthorized("invitation", "code", "There is no such invitation. Ask for a new one.")},
		{account.ErrInvitationUsed, unauthorized("invitation", "code", "This invitation was used already. Sign in, or ask for a new one.")},
		{account.ErrInvitationExpired, unauthorized("invitation", "code", "This invitation has expired. Ask for a new one.")},
		{account.ErrLastOperator, conflict("last-operator", "Somebody has to run this hub. Make another account an operator first.")},
		{gate.ErrOwnsCameras, &problem{
			status: http.StatusConflict, kind: "cameras", field: "cameras",
			detail: "This account owns cameras. Choose what becomes of them.",
		}},
		{account.ErrSecondFactor, unauthorized("second-factor", "totp", "Type the code of your authenticator app.")},
		{account.ErrSecondFactorWrong, unauthorized("second-factor", "totp",
			"This code is wrong or was used. Wait for the next one, and look whether the clocks agree.")},
		{account.ErrSecondFactorOn, conflict("second-factor-on", "There is a second factor already. Switch it off first.")},
		{account.ErrRecoveryCode, unauthorized("recovery-code", "code",
			"Name or code is wrong, or the code was used. After ten wrong codes this way is closed here for a day, until that person signs in, or the console of the hub opens it.")},
		{account.ErrRecoveryPart, unprocessable("recovery-part", "part", "This is not the last group of the new code.")},
		{account.ErrNoRecovery, conflict("no-recovery-code", "No new code waits to be confirmed. Make another one.")},
		{account.ErrPassword, unprocessable("password", "password", "Choose a longer or less common password: at least 10 characters, such as four words that have nothing to do with each other.")},
		{account.ErrName, unprocessable("name", "name", "Choose another name: 1 to 64 printable characters, with letters of one alphabet.")},
		{account.ErrNameTaken, unprocessable("name-taken", "name", "This name is taken, or too like another. Choose another one.")},
	}
}

func conflict(kind, detail string) *problem {
	return &problem{status: http.StatusConflict, kind: kind, detail: detail}
}

func unauthorized(kind, field, detail string) *problem {
	return &problem{status: http.StatusUnauthorized, kind: kind, detail: detail, field: field}
}

func unprocessable(kind, field, detail string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, kind: kind, detail: detail, field: field}
}

// ofPassword is the problem of a request that gave the caller's password once
// more, and maybe chose a new one: it names the field that was wrong.
func ofPassword(err error, given, chosen string) error {
	if err == nil {
		return nil
	}
	p := problemOf(err)
	switch {
	case errors.Is(err, account.ErrCredentials):
		p.field, p.detail = given, "This is not your password."
	case errors.Is(err, account.ErrPassword):
		p.field = chosen
	}
	return p
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
