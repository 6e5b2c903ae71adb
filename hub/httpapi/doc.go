// Package httpapi is the hub's HTTP surface and the only importer of fiber.
// Every address it answers stands in one table (routes.go) with the policy that
// guards it; openapi.yaml describes the same addresses for others.
//
// Who asks is decided by hub/account, what they may by hub/gate, each time
// anew. A handler gets a caller and a pass, never a cookie. Media leaves only
// through a gate.Wire, on the connection that belongs to the caller's session.
//
// The library under it pools requests and connections and knows nothing of
// accounts; what is set, refused and never used because of that is said where
// it happens.
package httpapi
