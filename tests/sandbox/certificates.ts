import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const VALID_DAYS = 30;
const RENEW_BEFORE_MS = 2 * 24 * 3600 * 1000;

export interface Certificates {
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** A throw-away authority and a certificate for the zone and everything one level under it. */
export async function ensureCertificates(dir: string, zone: string): Promise<Certificates> {
  const files = {
    caFile: join(dir, 'ca.pem'),
    certFile: join(dir, 'cert.pem'),
    keyFile: join(dir, 'key.pem'),
  };
  if (!isGood(files, zone)) await makeCertificates(dir, zone, files);
  return files;
}

function isGood({ caFile, certFile, keyFile }: Certificates, zone: string): boolean {
  if (![caFile, certFile, keyFile].every(existsSync)) return false;
  const certificate = new X509Certificate(readFileSync(certFile));
  const left = new Date(certificate.validTo).getTime() - Date.now();
  return left > RENEW_BEFORE_MS && certificate.checkHost(zone) !== undefined;
}

async function makeCertificates(dir: string, zone: string, files: Certificates): Promise<void> {
  await mkdir(dir, { recursive: true });
  const caKey = join(dir, 'ca-key.pem');
  const request = join(dir, 'request.pem');
  const extensions = join(dir, 'extensions.cnf');
  await makeKey(caKey);
  await makeKey(files.keyFile);
  const authority = `-sha256 -days ${VALID_DAYS + 1} -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign`;
  const subject = '/CN=cc-ci throw-away test CA';
  await openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    caKey,
    '-subj',
    subject,
    '-out',
    files.caFile,
    ...authority.split(' '),
  );
  await writeFile(
    extensions,
    `subjectAltName=DNS:${zone},DNS:*.${zone}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n`,
  );
  await openssl('req', '-new', '-key', files.keyFile, '-subj', `/CN=${zone}`, '-out', request);
  const signed = [
    '-sha256',
    '-days',
    String(VALID_DAYS),
    '-set_serial',
    String(Date.now()),
    '-extfile',
    extensions,
  ];
  const signer = ['-CA', files.caFile, '-CAkey', caKey];
  await openssl('x509', '-req', '-in', request, ...signer, ...signed, '-out', files.certFile);
  // Nothing will be signed with it again: the next time starts with a new authority.
  await Promise.all([caKey, request, extensions].map((file) => rm(file)));
}

async function makeKey(file: string): Promise<void> {
  await openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
  await chmod(file, 0o600);
}

async function openssl(...args: string[]): Promise<void> {
  await execa('openssl', args, { stdin: 'ignore' });
}
