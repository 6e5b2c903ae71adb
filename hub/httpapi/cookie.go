package httpapi

import (
	"github.com/gofiber/fiber/v2"
)

// cookieName is bound to this host, the whole path and TLS by its prefix (RFC
// 6265bis §4.1.3.2); browsers accept it on http://localhost, for the demo.
const cookieName = "__Host-lares"

func setCookie(c *fiber.Ctx, token string) {
	c.Cookie(&fiber.Cookie{
		Name: cookieName, Value: token, Path: "/",
		Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, SessionOnly: true,
	})
}

func clearCookie(c *fiber.Ctx) {
	c.Response().Header.Add(fiber.HeaderSetCookie,
		cookieName+"=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict")
}
