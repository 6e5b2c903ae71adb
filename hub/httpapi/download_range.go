package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"lares/hub/gate"
)

// tagOf is the ETag of a clip at an address of its own: an ended clip is the same bytes as long as
// it is as long, before the same version of the hub, for somebody who may hear the same.
func (s *Server) tagOf(id downloadID, info gate.ClipInfo, size int64, heard bool) string {
	sum := sha256.Sum256(fmt.Appendf(id[:], "%s %s %d %t", s.cfg.Version, info.Clip, size, heard))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// wanted says which bytes of a file the answer holds (RFC 9110 §14), and sets the headers that say so:
// all of it where If-Range names another one. past is said of a range behind its end.
func (q *request) wanted(size int64, tag, past string) (span, error) {
	want, kind := span{0, size}, rangeWhole
	if only := q.Get(fiber.HeaderIfRange); q.Method() == http.MethodGet && (only == "" || only == tag) {
		want, kind = parseRange(q.Get(fiber.HeaderRange), size)
	}
	q.Set(fiber.HeaderETag, tag)
	q.Set(fiber.HeaderAcceptRanges, "bytes")
	switch kind {
	case rangeNone:
		return want, &problem{status: http.StatusRequestedRangeNotSatisfiable, kind: "range", size: size, detail: past}
	case rangePart:
		q.Status(http.StatusPartialContent)
		q.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", want.start, want.end-1, size))
	}
	return want, nil
}

// headed answers HEAD: with what GET would say of so many bytes, and none of them.
func (q *request) headed(size int64) error {
	q.Context().Response.SkipBody = true
	if size >= 0 {
		q.Context().Response.Header.SetContentLength(streamSize(size))
	}
	return nil
}
