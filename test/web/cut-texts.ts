/**
 * A script for the page: texts that are cut off by the box that they stand in, or that stand out of their button. What
 * ends in an ellipsis is meant to be short, and what can be scrolled is not cut.
 */
export const CUT_TEXTS = `(() => {
  const faults = []
  const SLACK_PX = 2
  const named = (element) => element.tagName + ' ' + element.textContent.trim().slice(0, 40)
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '')
    if (own.length === 0 || !element.checkVisibility({ visibilityProperty: true })) continue
    const range = document.createRange()
    range.setStartBefore(own[0])
    range.setEndAfter(own[0])
    const text = range.getBoundingClientRect()
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box)
      const rect = box.getBoundingClientRect()
      // What only programs read is one pixel large.
      if (rect.width <= 2 || rect.height <= 2 || style.textOverflow === 'ellipsis') break
      const out = text.right > rect.right + SLACK_PX || text.bottom > rect.bottom + SLACK_PX
        || text.left < rect.left - SLACK_PX || text.top < rect.top - SLACK_PX
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break
      if (out && (style.overflow.includes('hidden') || style.overflow.includes('clip'))) faults.push('cut off: ' + named(element))
      if (out && box.matches('button, [role=button]')) faults.push('out of its button: ' + named(box))
    }
  }
  return [...new Set(faults)]
})()`
