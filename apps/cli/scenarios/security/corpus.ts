/** Text that would run as script wherever a page took it for markup. */
export interface Planted {
  /** What must stand on the page, letter by letter. */
  text: string
  /** What it is. */
  place: string
  /** Address of a page that shows it; null: of what no page shows as it is. */
  page: string | null
}

/** What is planted where. */
export class Corpus {
  readonly planted: Planted[] = []

  /** 60 characters at most, so that it fits into every name. */
  name(page: string | null, place: string): string {
    const at = this.planted.length
    const text = `q${at}q"><img src=x onerror=ran(${at})>{{7*7}}`
    this.planted.push({ text, place, page })
    return text
  }

  /** Longer: other ways in, and characters that turn the direction of what follows. */
  text(page: string | null, place: string): string {
    const name = this.name(page, place)
    return `${name}'\`<script>ran("s")</script><svg onload=ran("v")>\u202e\u2066]]>\${ran("t")}</textarea></title><a href="javascript:ran('a')">x</a>`
  }
}
