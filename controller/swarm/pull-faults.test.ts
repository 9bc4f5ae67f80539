import { expect, it } from 'vitest';
import { pullFaultOf } from './pull-faults.ts';

it.each([
  // Docker 20.10.24 with a real registry, and with servers that answered so.
  {
    text: 'manifest for 127.0.0.1:5000/ccci/none:1 not found: manifest unknown: manifest unknown',
    reason: 'ImageMissing',
  },
  { text: 'invalid reference format: repository name must be lowercase', reason: 'ImageMissing' },
  { text: 'invalid reference format', reason: 'ImageMissing' },
  { text: 'invalid tag format', reason: 'ImageMissing' },
  { text: 'name unknown', reason: 'ImageMissing' },
  {
    text: 'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
    reason: 'RegistryRateLimit',
  },
  {
    text: 'Get "https://registry.example.org/v2/": dial tcp: lookup registry.example.org on 10.239.7.1:53: read udp 10.239.7.11:49737->10.239.7.1:53: i/o timeout',
    reason: 'RegistryUnreachable',
  },
  {
    text: 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    reason: 'RegistryUnreachable',
  },
  {
    text: 'Get "https://10.239.7.99:5000/v2/": dial tcp 10.239.7.99:5000: connect: no route to host',
    reason: 'RegistryUnreachable',
  },
  {
    text: 'Get "http://127.0.0.1:5005/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    reason: 'RegistryUnreachable',
  },
  { text: 'received unexpected HTTP status: 503 Service Unavailable', reason: 'RegistryUnreachable' },
  { text: 'received unexpected HTTP status: 500 Internal Server Error', reason: 'RegistryUnreachable' },
  { text: 'unauthorized', reason: 'RegistryUnreachable' },
  {
    text: 'Head "http://127.0.0.1:5003/v2/x/manifests/1": unauthorized: incorrect username or password',
    reason: 'RegistryUnreachable',
  },
  { text: 'denied', reason: 'PullFailed' },
  {
    text: 'error parsing HTTP 404 response body: invalid character \'<\' looking for beginning of value: "<html>404</html>"',
    reason: 'PullFailed',
  },
  // As Docker Hub and newer engines are documented to say it; not measured here.
  {
    text: "pull access denied for nonesuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    reason: 'ImageMissing',
  },
  {
    text: 'failed to resolve reference "registry.example.org/library/x:9": registry.example.org/library/x:9: not found',
    reason: 'ImageMissing',
  },
  {
    text: 'Get "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    reason: 'RegistryUnreachable',
  },
  {
    text: 'Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client',
    reason: 'RegistryUnreachable',
  },
  {
    text: 'Get "https://r.example/v2/": dial tcp: lookup r.example: no such host',
    reason: 'RegistryUnreachable',
  },
  { text: 'unexpected status code 429 Too Many Requests', reason: 'RegistryRateLimit' },
  { text: 'write /var/lib/docker/tmp/x: no space left on device', reason: 'PullFailed' },
  { text: 'no matching manifest for linux/arm64/v8 in the manifest list entries', reason: 'PullFailed' },
])('$reason: $text', ({ text, reason }) => {
  const fault = reason === 'ImageMissing' ? 'recipe' : 'infra';
  expect(pullFaultOf(text)).toEqual({ fault, reason });
});
