-- Run by .ci/lsp/neovim.sh in a buffer with a wrong output.
local function check(what, is_right)
  if not vim.wait(20000, is_right, 50) then
    print("FAILED: " .. what .. "\n")
    vim.cmd("cquit 1")
  end
  print(what .. "\n")
end

check("diagnostics", function()
  local found = vim.diagnostic.get(0)[1]
  return found and found.lnum == 6 and found.user_data.lsp.code == "unknown-output"
end)

vim.api.nvim_win_set_cursor(0, { 7, 28 })
vim.ui.select = function(items, _, choose)
  choose(items[1], 1)
end
vim.lsp.buf.code_action()
check("code action", function()
  return vim.api.nvim_buf_get_lines(0, 6, 7, true)[1] == "      HOST: ${resources.db.host}"
end)
check("no diagnostics after it", function()
  return #vim.diagnostic.get(0) == 0
end)

vim.api.nvim_buf_set_lines(0, 6, 7, true, { "      HOST: ${resources.db.}" })
vim.api.nvim_win_set_cursor(0, { 7, 27 })
local offered = {}
vim.fn.complete = function(_, items)
  for _, item in ipairs(items) do
    offered[item.abbr or item.word] = true
  end
end
-- What CTRL-X CTRL-O calls.
vim.fn.mode = function()
  return "i"
end
vim.lsp.omnifunc(1, "")
check("completion", function()
  return offered.host and offered.password
end)
vim.cmd("qall!")
