import { isIP, isIPv4, isIPv6 } from 'node:net';

const DATE = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?([Zz]|[+-]\d{2}:?\d{2})`;
const DURATION = String.raw`[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+|0|P(\d+[YMWD])*(T(\d+[HMS])+)?`;
const SPELT_DURATION = String.raw`\d+ *(ns|us|ms|s|m|h|d|w|(nano|micro|milli)?sec(ond)?s?|min(ute)?s?|(hour|day|week)s?)`;

const matching = (...alternatives: string[]) => {
  const expression = new RegExp(`^(?:${alternatives.join('|')})$`);
  return (text: string) => expression.test(text);
};
const isDate = matching(DATE);
const isDateTime = matching(`${DATE}[Tt]${TIME}`);
const isCalendarDay = (text: string) => new Date(text).toISOString().startsWith(text);

/** The formats of texts that are checked, each with its test; others mean nothing. */
export const TEXT_FORMATS: Readonly<Partial<Record<string, (text: string) => boolean>>> = {
  date: (text) => isDate(text) && isCalendarDay(text),
  'date-time': (text) => isDateTime(text) && isCalendarDay(text.slice(0, 10)),
  duration: matching(DURATION, SPELT_DURATION),
  byte: matching('([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?'),
  uri: (text) => text.startsWith('/') || (/^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text)),
  email: matching(String.raw`[^\s@]+@[^\s@]+`, String.raw`[^<>]*<[^\s@]+@[^\s@]+>`),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: (text) => {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d+)$/.exec(text) ?? [];
    return isIP(address) !== 0 && Number(bits) <= (isIPv4(address) ? 32 : 128);
  },
  uuid: matching('(?i:[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12})'),
};

/** The formats of numbers that are checked, each with its test; others mean nothing. */
export const NUMBER_FORMATS: Readonly<Partial<Record<string, (value: number) => boolean>>> = {
  int32: (value) => (value | 0) === value,
  int64: isInteger,
  float: (value) => Number.isFinite(Math.fround(value)),
  double: () => true,
};

/** Whether this number is an integer of 64 bits. */
export function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63;
}
