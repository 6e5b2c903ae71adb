package httpapi

import (
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

func clearCookie(c *fiber.Ctx) {
	c.Response().Header.Add(fiber.HeaderSetCookie,
		cookieName+"=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict")
}
