package httpapi

import (
	"bytes"
	"time"

	"github.com/gofiber/fiber/v2"

	"lares/hub/account"
)

// cookieName is bound to this host, the whole path and TLS by its prefix (RFC
// 6265bis §4.1.3.2); browsers accept it on http://localhost, for the demo.
const cookieName = "__Host-lares"

// guestCookieName is a guest's own: it says nothing about who is signed in.
const guestCookieName = "__Host-lares-guest"

// setCookie gives the token to the browser for as long as a session can live;
// the database ends it earlier when it is not used.
func setCookie(c *fiber.Ctx, token string) {
	c.Cookie(&fiber.Cookie{
		Name: cookieName, Value: token, Path: "/",
		Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, MaxAge: int(account.WholeLife / time.Second),
	})
}

// cookie is a cookie of the request. One session has one spelling of it: what the library
// takes quotes or spaces from to read it stays quoted, and is nobody's.
func (q *request) cookie(name string) string {
	value := q.Cookies(name)
	if value == "" {
		return ""
	}
	for rest, found := q.Request().Header.RawHeaders(), true; found; {
		_, rest, found = bytes.Cut(rest, []byte(name+"="+value))
		if found && (len(rest) == 0 || bytes.IndexByte([]byte(";\r\n"), rest[0]) >= 0) {
			return value
		}
	}
	return `"` + value + `"`
}

func clearCookie(c *fiber.Ctx) {
	c.Response().Header.Add(fiber.HeaderSetCookie,
		cookieName+"=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict")
}
