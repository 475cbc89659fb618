/** For JSON that every read needs and that seldom changes: returns the same frozen value as long as the text is the same. */
export class LastParsed<Value> {
  private text: string | undefined;
  private value: Value | undefined;

  of(text: string): Value {
    if (text !== this.text) {
      this.value = frozen(JSON.parse(text) as Value);
      this.text = text;
    }
    return this.value!;
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
