package discover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"lares/cameras/internal/cage"
	"lares/cameras/internal/wire"
)

const (
	// memoryLimit: a quiet round holds 3 MiB of its own, a flood a few more.
	memoryLimit = 24 << 20
	dataLimit   = 256 << 20
	// filesLimit: eight sockets for each of eight links, five of mDNS, one each of
	// DVRIP and SADP, connections of descriptions and of the scan.
	filesLimit = 160
	gcPercent  = 50
)

// Main is the whole child process: it enters the cage, says hello on file
// descriptor 3, searches once as the hub asks, and ends.
func Main() error {
	conn, err := cage.Hub()
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	defer conn.Close()
	lacking, err := cage.Enter(cage.Limits{Memory: memoryLimit, Data: dataLimit, Files: filesLimit, Percent: gcPercent})
	if err != nil {
		return fmt.Errorf("discover: entering the cage: %w", err)
	}
	return serve(conn, lacking)
}

// serve is Main from the hello on; it returns when all goroutines have. A hub
// that is gone is no error.
func serve(conn net.Conn, lacking string) error {
	if err := wire.Greet(conn, lacking); err != nil {
		return nil
	}
	t, body, err := wire.NewReader(conn).Next()
	if err != nil {
		return nil
	}
	if t != wire.TypeSearch {
		return errors.New("discover: the hub did not begin with a search")
	}
	search, err := wire.Parse[wire.Search](body)
	if err != nil || search.Version != wire.Version {
		return errors.New("discover: the hub's search is of another version")
	}
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		_, _ = io.Copy(io.Discard, conn) // until the hub closes the socket
	}()
	newRound(search, conn).run(ctx)
	conn.Close()
	<-gone
	return nil
}
