// Amounts of money as the server writes them, "1234567.50": grouped for reading, never through a floating number.

export function amountText(amount: string | number, language: string): string {
  const [whole = '0', fraction = ''] = String(amount).split('.');
  const kept = fraction.replace(/0+$/, '');
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const sign = whole.startsWith('-') && BigInt(whole) === 0n ? '-' : '';
  if (!kept) return format.format(BigInt(whole));
  const parts = new Intl.NumberFormat(language, { minimumFractionDigits: kept.length }).formatToParts(Number(`0.${kept}`));
  return sign + format.format(BigInt(whole)) + parts.slice(1).map((part) => part.value).join('');
}
