// Prints the names of all methods that JavaScript's and Node's own values have.
const classes = [
  String, Array, Number, Date, RegExp, Map, Set, WeakMap, Promise, Object, Buffer, URL, URLSearchParams,
  Object.getPrototypeOf(Uint8Array)
]
const names = new Set()
for (const { prototype } of classes) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name)
    if (typeof value === 'function' && name !== 'constructor') names.add(name)
  }
}
console.log([...names].join('\n'))
