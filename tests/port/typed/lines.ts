async function * lines (source: AsyncIterable<string>): AsyncGenerator<string, void> {
  let rest = ''
  for await (const chunk of source) {
    const parts: string[] = (rest + chunk).split('\n')
    rest = parts.pop()!
    yield * parts
  }
  if (rest) yield rest
}
async function * source (): AsyncGenerator<string> { yield 'a\nb'; yield 'c\nd' }
const main = async (): Promise<void> => { for await (const l of lines(source())) console.log(l) }
void main()
