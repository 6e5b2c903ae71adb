package fakecam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// certify makes a key and a certificate signed with it, as cameras do: for no
// name that anybody could check.
func (c *Camera) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("fakecam: making a key: %w", err)
	}
	now := c.o.Clock.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: c.o.Serial},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("fakecam: making a certificate: %w", err)
	}
	c.certificate.Store(&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	return nil
}

// RenewKey gives a camera with TLS or HTTPS a new key and certificate, as a reset to
// factory settings does, and ends its connections.
func (c *Camera) RenewKey() error {
	if err := c.certify(); err != nil {
		return err
	}
	c.rtsp.gate.reset()
	if c.o.HTTPS {
		c.onvif.gate.reset()
	}
	return nil
}

func (c *Camera) tlsConfig() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.certificate.Load(), nil }}
}
