import { BlockList, isIP } from "node:net";

/** Special-purpose registries of IANA (RFC 6890 and later), and an address at which a cloud answers its machines. */
const NOT_PUBLIC_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32], // Azure's own services
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** Within 2000::/3, outside of which nothing is public; what carries an address of version 4 is none of ours. */
const NOT_PUBLIC_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const refused4 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_4) refused4.addSubnet(net, bits, "ipv4");
const refused6 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_6) refused6.addSubnet(net, bits, "ipv6");
const unicast6 = new BlockList();
unicast6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet; what is none, and one of version 4 within version 6, is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !refused4.check(address, "ipv4");
  return version === 6 && unicast6.check(address, "ipv6") && !refused6.check(address, "ipv6");
}
