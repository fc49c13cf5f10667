// Draws a badge of what a badge's endpoint answers, as Shields does.
//
// usage: node badge.mjs JSON
//
// Refuses what Shields documents as wrong (https://shields.io/badges/endpoint-badge), and prints the picture.

import { makeBadge } from 'badge-maker';

const TYPES = {
  schemaVersion: 'number',
  label: 'string',
  message: 'string',
  color: 'string',
  labelColor: 'string',
  isError: 'boolean',
  namedLogo: 'string',
  logoSvg: 'string',
  logoColor: 'string',
  logoSize: 'string',
  style: 'string',
  cacheSeconds: 'number',
};

const badge = JSON.parse(process.argv[2]);
for (const [key, value] of Object.entries(badge)) {
  if (typeof value !== TYPES[key]) throw new Error(`expected ${key} to be ${TYPES[key]}`);
}
if (badge.schemaVersion !== 1) throw new Error('expected schemaVersion 1');
if (badge.label === undefined || !badge.message) throw new Error('expected label and message');
const { label, message, color } = badge;
process.stdout.write(makeBadge({ label, message, color: badge.isError ? color ?? 'red' : color }));
