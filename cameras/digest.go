package cameras

import (
	"context"
	"fmt"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// digest queues what may wait for a database: that the address of a stream
// asked for the password as a digest. Of a device that was not accepted nothing
// is believed, or a stranger could spoil a camera that knows no digest.
func (c *child) digest(body []byte) error {
	d, err := wire.Parse[wire.Digest](body)
	if err != nil {
		return err
	}
	if err := d.Check(); err != nil {
		return err
	}
	c.mu.Lock()
	accepted := c.accepted[d.Stream]
	c.mu.Unlock()
	if !accepted {
		return fmt.Errorf("cameras: a digest of a device that was not accepted: %w", wire.ErrProtocol)
	}
	select {
	case c.digests <- d.Stream:
	default: // it is told again at the next connection
	}
	return nil
}

// digest has it stored, once, and tells the next worker.
func (m *minder) digest(ctx context.Context, s media.StreamID) {
	m.judging.Lock()
	defer m.judging.Unlock()
	if had := m.access().Digest; had.With(s) == had {
		return
	}
	if err := m.f.cfg.DigestOffered(ctx, m.id, s); err != nil {
		m.log.Error("storing that the camera asked for a digest", "stream", s.String(), "error", err)
		return
	}
	m.log.Info("the camera asks for its password as a digest: from now on it gets it in no weaker way", "stream", s.String())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.camera.Access.Digest = m.camera.Access.Digest.With(s)
}
